/** The rows of the shipped `guestwire bench`, against qemu-ga and against a reader that throws everything away. */
import { join } from "node:path";
import type { BenchResult, RowResult } from "../src/client/bench/result.ts";
import { rows } from "../src/client/bench/rows/all.ts";
import { ours, reference } from "./agents.ts";
import { PrivateAgent } from "./private-agent.ts";
import { type Place, placed } from "./processors.ts";
import { shippedBench } from "./shipped-bench.ts";

const discard = [process.execPath, join(import.meta.dirname, "discard.ts")];

/** Each kind of memory with agents that have done nothing else before, since what they once took they may keep. */
const freshRuns = ["peak-read", "peak-random", "peak-string"];

/**
 * All rows, on one processor.
 * @param args such as --quick; without qemu-ga, ours is measured alone
 */
export async function compareAgents(args: readonly string[]): Promise<BenchResult> {
  const names = rows.filter(({ family }) => family !== "memory").map(({ name }) => name);
  const result = await compareFresh("one processor", args, names);
  const memory: RowResult[] = [];
  for (const name of freshRuns) {
    memory.push(...(await compareFresh("one processor", args, [name])).rows);
  }
  return { ...result, rows: [...result.rows, ...memory] };
}

/** What a round trip counts for most in, where the scheduler puts client and agents as it likes. */
export async function compareApart(args: readonly string[]): Promise<BenchResult> {
  const names = rows
    .filter(({ family }) => family !== "memory" && family !== "recovery")
    .map(({ name }) => name);
  return compareFresh("any processor", args, names);
}

async function compareFresh(
  place: Place,
  args: readonly string[],
  names: readonly string[],
): Promise<BenchResult> {
  const only = names.flatMap((name) => ["--only", name]);
  const theirs = reference();
  await using ourAgent = await started(placed(place, [ours.path]));
  const address = `${ours.name}=${ourAgent.socket}`;
  if (theirs === null) return await shippedBench(place, [...args, ...only, address]);
  await using theirAgent = await started(placed(place, [theirs.path]));
  const vs = ["--vs", `${theirs.name}=${theirAgent.socket}`];
  return await shippedBench(place, [...args, ...only, ...vs, address]);
}

/** Noise alone, to tell how far the socket itself is the limit. */
export async function compareWithDiscard(
  place: Place,
  args: readonly string[],
): Promise<BenchResult> {
  await using ourAgent = await started(placed(place, [ours.path]));
  await using reader = await started(placed(place, discard));
  const vs = ["--vs", `discard=${reader.socket}`, "--only", "recover"];
  return await shippedBench(place, [...args, ...vs, `${ours.name}=${ourAgent.socket}`]);
}

async function started(command: readonly string[]): Promise<PrivateAgent> {
  const agent = new PrivateAgent(command);
  agent.connect().close();
  return agent;
}
