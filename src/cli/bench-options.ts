import type { AgentAddress } from "../client/bench/benched-agent.ts";
import { plans } from "../client/bench/plans.ts";
import type { Plan } from "../client/bench/result.ts";
import { isNamedBy, rows } from "../client/bench/rows/all.ts";
import type { Row } from "../client/bench/rows/row.ts";
import { mustBeAll } from "./only-operand.ts";
import { readSeconds } from "./seconds.ts";

const stallMsDefault = 30_000;
const scratchFolderDefault = "/tmp";

export const usage = `Usage: guestwire bench [OPTION]... [NAME=]SOCKET

Measures the guest agent behind a unix socket: round trips, reads and writes by size, the way back in sync after noise,
programs, information, and where the agent runs on this machine, its CPU time and memory.

  SOCKET              the host's end of the agent's channel, such as /var/run/qemu-server/100.qga
  NAME=               what to call it; otherwise what its process is called

  --vs [NAME=]SOCKET  measure another agent in turn with it (A B B A), and compare
  --quick, --full     take less time, or as much as slow agents need for 64 MB of noise (an hour)
  --smoke             one sample of everything: tells whether it works, not how fast
  --only ROW          only this row, or those that begin so, such as file-read; can be given again
  --list              name the rows, and measure nothing
  --read-only         start no program and make no file in the guest
  --scratch FOLDER    where in the guest scratch files are made (${scratchFolderDefault}); they are removed at the end
  --timeout SECONDS   how long an agent may say nothing (${stallMsDefault / 1000})
  --json              print all figures and every sample as JSON
  --report FILE       write a page with plots, which needs nothing but itself

Exit codes: 0 done, 1 an agent failed at a row, 124 no answer in time, 125 wrong use, 130 broken off, 255 no way to the
agent.
`;

export interface BenchCall {
  readonly addresses: readonly AgentAddress[];
  readonly plan: Plan;
  readonly rows: readonly Row[];
  readonly isReadOnly: boolean;
  readonly scratchFolder: string;
  readonly stallMsMax: number;
  readonly asJson: boolean;
  readonly report: string | null;
}

/** @throws Error that says what is wrong */
export function readBenchCall(args: readonly string[]): BenchCall | "help" | "list" {
  // Not imported for the sake of the agent's start, see LineStream.connect.
  const { parseArgs } = process.getBuiltinModule("node:util");
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      vs: { type: "string" },
      quick: { type: "boolean", default: false },
      full: { type: "boolean", default: false },
      smoke: { type: "boolean", default: false },
      only: { type: "string", multiple: true },
      list: { type: "boolean" },
      "read-only": { type: "boolean", default: false },
      scratch: { type: "string", default: scratchFolderDefault },
      timeout: { type: "string" },
      json: { type: "boolean", default: false },
      report: { type: "string" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help === true) return "help";
  if (values.list === true) return "list";
  const [socket, ...rest] = positionals;
  if (socket === undefined) throw new Error("SOCKET is needed");
  mustBeAll(rest);
  if (!values.scratch.startsWith("/")) throw new Error("--scratch takes an absolute path");
  if (values.vs !== undefined && addressOf(values.vs).socket === addressOf(socket).socket) {
    throw new Error("--vs takes another socket: an agent has one client at a time");
  }
  return {
    addresses: [socket, ...(values.vs === undefined ? [] : [values.vs])].map(addressOf),
    plan: planOf(values),
    rows: rowsOf(values.only),
    isReadOnly: values["read-only"],
    scratchFolder: values.scratch.replace(/\/+$/, ""),
    stallMsMax: readSeconds("--timeout", values.timeout, stallMsDefault),
    asJson: values.json,
    report: values.report ?? null,
  };
}

/** A name has no slash in it, so that a path with an equals sign is none. */
function addressOf(text: string): AgentAddress {
  const named = /^([^/=]+)=(.+)$/.exec(text);
  const [, name = null, socket = text] = named ?? [];
  return { name, socket };
}

function planOf(chosen: { quick: boolean; full: boolean; smoke: boolean }): Plan {
  const names = (["quick", "full", "smoke"] as const).filter((name) => chosen[name]);
  if (names.length > 1) throw new Error(`--${names.join(" and --")} exclude each other`);
  return plans[names[0] ?? "usual"];
}

function rowsOf(names: readonly string[] | undefined): readonly Row[] {
  if (names === undefined) return rows;
  const unknown = names.filter((name) => !rows.some((row) => isNamedBy(row, name)));
  if (unknown.length > 0) throw new Error(`There is no row ${unknown.join(", ")}; see --list`);
  return rows.filter((row) => names.some((name) => isNamedBy(row, name)));
}
