/**
 * Start to first sync reply, ours and qemu-ga's in turn: from the moment the process is started to the reply to
 * guest-sync-delimited over a unix socket, from a cold process but warm files. Beside them the bare runtime, which is the
 * floor for ours.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EPOLLIN, poll } from "../native/reactor.ts";
import { type Agent, agents } from "./agents.ts";
import { PrivateAgent } from "./private-agent.ts";

const replyMsMax = 10_000;
const sync = Buffer.from('\xff{"execute":"guest-sync-delimited","arguments":{"id":1}}\n', "latin1");
const synced = Buffer.from('\xff{"return": 1}\n', "latin1");

/** Milliseconds of one start. */
async function startOnce({ name, path }: Agent): Promise<number> {
  const started = performance.now();
  await using agent = new PrivateAgent([path]);
  using fd = agent.connect();
  fd.tryWrite(sync);
  const reply = new Uint8Array(4096);
  for (let filled = 0; !Buffer.from(reply.subarray(0, filled)).includes(synced); ) {
    if (poll(fd, EPOLLIN, replyMsMax) === 0) throw new Error(`${name} does not answer`);
    const count = fd.tryRead(reply.subarray(filled));
    if (count === 0) throw new Error(`${name} hung up`);
    if (count > 0) filled += count;
  }
  return performance.now() - started;
}

/** Compiles the floor as the agent is compiled. */
async function bareRuntime(folder: string): Promise<Agent> {
  const path = join(folder, "bare-listener");
  const source = join(import.meta.dirname, "bare-listener.ts");
  const runtime = `--compile-executable-path=${process.execPath}`;
  const compiler = Bun.spawn(
    [
      process.execPath,
      "build",
      source,
      "--compile",
      "--minify",
      "--bytecode",
      "--format=esm",
      runtime,
      `--outfile=${path}`,
    ],
    { cwd: folder, stdio: ["ignore", "ignore", "inherit"] },
  );
  if ((await compiler.exited) !== 0) throw new Error("Cannot compile the bare runtime");
  return { name: bareRuntimeName, path };
}

/** What one agent's starts took, in milliseconds, in the order of the rounds. */
export interface StartTimes {
  readonly name: string;
  readonly times: readonly number[];
}

export const bareRuntimeName = "bare runtime";

/** @param rounds in each of which everyone starts once */
export async function measureStarts(rounds: number): Promise<StartTimes[]> {
  const folder = mkdtempSync(join(tmpdir(), "guestwire-bench-"));
  try {
    const compared = [...agents(), await bareRuntime(folder)];
    const starts = compared.map(({ name }) => ({ name, times: [] as number[] }));
    for (let round = -1; round < rounds; round++) {
      // A B B A, so that a drift of the machine hits both alike; the first round only warms up.
      const order = [...compared.keys()];
      for (const index of round % 2 === 0 ? order : order.toReversed()) {
        const ms = await startOnce(compared[index] as Agent);
        if (round >= 0) starts[index]?.times.push(ms);
      }
    }
    return starts;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
