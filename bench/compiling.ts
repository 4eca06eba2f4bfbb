/**
 * What it costs to let the runtime compile less: starts, pings and memory with all of its compilers, with one, and with
 * none but what calls C needs. Without that last one there is no agent. `npx bun bench/compiling.ts [ROUNDS]`
 */
import { readFileSync } from "node:fs";
import type { Fd } from "../native/fd.ts";
import { EPOLLIN, poll } from "../native/reactor.ts";
import { guestwirePath } from "./agents.ts";
import { PrivateAgent } from "./private-agent.ts";

const replyMsMax = 10_000;
const roundsDefault = 20;
const pingsPerRound = 2_000;
const sync = Buffer.from('\xff{"execute":"guest-sync-delimited","arguments":{"id":1}}\n', "latin1");
const ping = Buffer.from('{"execute":"guest-ping"}\n');
const newline = 0x0a;

const modes: readonly (readonly [name: string, variables: readonly string[]])[] = [
  ["as it is", []],
  ["without optimizing (useDFGJIT=0)", ["BUN_JSC_useDFGJIT=0"]],
  ["interpreted (useBaselineJIT=0)", ["BUN_JSC_useBaselineJIT=0", "BUN_JSC_useRegExpJIT=0"]],
];

interface Figures {
  readonly startMs: number[];
  readonly pingUs: number[];
  readonly residentKiB: number[];
}

const reply = new Uint8Array(4096);

function ask(fd: Fd, request: Uint8Array): void {
  fd.tryWrite(request);
  for (;;) {
    if (poll(fd, EPOLLIN, replyMsMax) === 0) throw new Error("The agent does not answer");
    const count = fd.tryRead(reply);
    if (count === 0) throw new Error("The agent hung up");
    if (count > 0 && reply[count - 1] === newline) return;
  }
}

async function measure(variables: readonly string[], into: Figures): Promise<void> {
  const started = performance.now();
  await using agent = new PrivateAgent(["/usr/bin/env", ...variables, guestwirePath]);
  using fd = agent.connect();
  ask(fd, sync);
  into.startMs.push(performance.now() - started);
  for (let count = 0; count < pingsPerRound; count++) {
    const sent = performance.now();
    ask(fd, ping);
    into.pingUs.push((performance.now() - sent) * 1000);
  }
  const status = readFileSync(`/proc/${agent.pid}/status`, "utf8");
  into.residentKiB.push(Number(/^VmRSS:\s*(\d+)/m.exec(status)?.[1]));
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] as number;
}

const rounds = Number(process.argv[2] ?? roundsDefault);
const figures = modes.map((): Figures => ({ startMs: [], pingUs: [], residentKiB: [] }));
for (let round = 0; round < rounds; round++) {
  // A B C C B A, so that a drift of the machine hits all alike.
  const order = [...modes.keys()];
  for (const index of round % 2 === 0 ? order : order.toReversed()) {
    await measure(modes[index]?.[1] ?? [], figures[index] as Figures);
  }
}

console.log("| compilers | start, median | ping, median | ping, 99 % | resident |");
console.log("|---|---|---|---|---|");
for (const [index, [name]] of modes.entries()) {
  const { startMs, pingUs, residentKiB } = figures[index] as Figures;
  const cells = [
    name,
    `${quantile(startMs, 0.5).toFixed(1)} ms`,
    `${quantile(pingUs, 0.5).toFixed(1)} µs`,
    `${quantile(pingUs, 0.99).toFixed(1)} µs`,
    `${(quantile(residentKiB, 0.5) / 1024).toFixed(1)} MiB`,
  ];
  console.log(`| ${cells.join(" | ")} |`);
}
