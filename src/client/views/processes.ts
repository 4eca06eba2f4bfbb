import type { AgentClient } from "../agent-client.ts";
import { TransportError } from "../errors.ts";
import { collectOutput } from "../exec/collect.ts";
import { bytesText } from "./units.ts";
import { left, right, view } from "./view.ts";

/** Columns that ps(1) of procps and of busybox both have; the last may have blanks in it. */
const fields = ["pid", "ppid", "user", "stat", "rss", "etime", "args"] as const;
const outputBytesMax = 8 * 1024 * 1024;

interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly user: string;
  /** As ps(1) writes it. */
  readonly state: string;
  readonly residentBytes: bigint;
  /** As ps(1) writes it: [[dd-]hh:]mm:ss. */
  readonly elapsed: string;
  readonly command: string;
}

async function ask(client: AgentClient): Promise<Process[]> {
  const argv = ["ps", "-e", "-o", fields.join(",")] as const;
  const order = { argv: [...argv] as [string, ...string[]], env: ["LC_ALL=C"] };
  const { stdout, stderr, exitCode } = await collectOutput(
    client,
    { ...order, cwd: null, user: null, tty: null },
    outputBytesMax,
  );
  if (exitCode !== 0) {
    throw new TransportError(`ps failed in the guest: ${Buffer.from(stderr).toString().trim()}`);
  }
  const [, ...lines] = Buffer.from(stdout).toString().trimEnd().split("\n");
  return lines.flatMap(processOf);
}

function processOf(line: string): Process[] {
  const found = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(\S.*?)\s+(\d+)(m?)\s+([\d:-]+)\s(.*)$/.exec(line);
  if (found === null) return [];
  const [, pid, parent, user = "", state = "", size = "0", unit, elapsed = "", command = ""] =
    found;
  // KiB, of which busybox makes MiB when there are many.
  const kibibytes = BigInt(size) * (unit === "m" ? 1024n : 1n);
  return [
    {
      pid: Number(pid),
      parent: Number(parent),
      user,
      state,
      residentBytes: kibibytes * 1024n,
      elapsed,
      command,
    },
  ];
}

/** What runs, as ps(1) in the guest tells it. */
export const processesView = view("ps", ask, (processes) => ({
  columns: [
    right("PID"),
    right("PARENT"),
    left("USER"),
    left("STATE"),
    right("MEMORY"),
    right("ELAPSED"),
    left("COMMAND"),
  ],
  rows: processes.map((each) => [
    String(each.pid),
    String(each.parent),
    each.user,
    each.state,
    bytesText(each.residentBytes),
    each.elapsed,
    each.command,
  ]),
}));
