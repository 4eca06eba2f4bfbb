/**
 * Start to first sync reply, ours and qemu-ga's in turn: from the moment the process is started to the reply to
 * guest-sync-delimited over a unix socket, from a cold process but warm files. Beside them the bare runtime, which is the
 * floor for ours.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SysError } from "../native/errno.ts";
import type { Fd } from "../native/fd.ts";
import { EPOLLIN, poll } from "../native/reactor.ts";
import { connectUnix } from "../native/socket.ts";
import { type Agent, agents } from "./agents.ts";
import { summary } from "./summary.ts";

const replyTimeoutMs = 10_000;
const connectPauseMs = 0.1;
const sync = Buffer.from('\xff{"execute":"guest-sync-delimited","arguments":{"id":1}}\n', "latin1");
const synced = Buffer.from('\xff{"return": 1}\n', "latin1");

function connectWhenThere(path: string): Fd {
  for (const started = performance.now(); ; ) {
    try {
      return connectUnix(path);
    } catch (error) {
      const isEarly = error instanceof SysError && ["ENOENT", "ECONNREFUSED"].includes(error.code);
      if (!isEarly || performance.now() - started > replyTimeoutMs) throw error;
      Bun.sleepSync(connectPauseMs);
    }
  }
}

/** Milliseconds of one start. */
async function startOnce(agent: Agent): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "guestwire-bench-"));
  const socket = join(folder, "s");
  const started = performance.now();
  const child = Bun.spawn([agent.path, "-m", "unix-listen", "-p", socket, "-t", folder], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  try {
    using fd = connectWhenThere(socket);
    fd.tryWrite(sync);
    const reply = new Uint8Array(4096);
    for (let filled = 0; !Buffer.from(reply.subarray(0, filled)).includes(synced); ) {
      if (poll(fd, EPOLLIN, replyTimeoutMs) === 0) throw new Error(`${agent.name} does not answer`);
      const count = fd.tryRead(reply.subarray(filled));
      if (count === 0) throw new Error(`${agent.name} hung up`);
      if (count > 0) filled += count;
    }
    return performance.now() - started;
  } finally {
    // SIGTERM makes qemu-ga 7.2 hang now and then.
    child.kill("SIGKILL");
    await child.exited;
    rmSync(folder, { recursive: true });
  }
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
  return { name: "bare runtime", path };
}

export async function benchStartUp(rounds: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "guestwire-bench-"));
  try {
    await compareStarts([...agents(), await bareRuntime(folder)], rounds);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function compareStarts(compared: readonly Agent[], rounds: number): Promise<void> {
  const times = new Map<string, number[]>(compared.map(({ name }) => [name, []]));
  for (let round = -1; round < rounds; round++) {
    // A B B A, so that a drift of the machine hits both alike; the first round only warms up.
    for (const agent of round % 2 === 0 ? compared : compared.toReversed()) {
      const ms = await startOnce(agent);
      if (round >= 0) times.get(agent.name)?.push(ms);
    }
  }
  console.log(`\nStart to first sync reply, ${rounds} starts each`);
  const medians = new Map<string, number>();
  for (const [name, values] of times) {
    const { median, low, high } = summary(values);
    medians.set(name, median);
    const range = `${low.toFixed(2)} to ${high.toFixed(2)}`;
    console.log(`  ${name.padEnd(13)} median ${median.toFixed(2).padStart(6)} ms, ${range}`);
  }
  const reference = medians.get("qemu-ga");
  if (reference === undefined) return;
  for (const name of ["guestwire", "bare runtime"]) {
    console.log(`  ${name} to qemu-ga: ${((medians.get(name) ?? 0) / reference).toFixed(2)}`);
  }
}
