/** The rows of the shipped `guestwire bench`, against qemu-ga and against a reader that throws everything away. */
import { join } from "node:path";
import type { BenchResult } from "../src/client/bench/result.ts";
import { ours, reference } from "./agents.ts";
import { PrivateAgent } from "./private-agent.ts";
import { shippedBench } from "./shipped-bench.ts";

const discard = [process.execPath, join(import.meta.dirname, "discard.ts")];

/** @param args such as --quick; without qemu-ga, ours is measured alone */
export async function compareAgents(args: readonly string[]): Promise<BenchResult> {
  const theirs = reference();
  await using ourAgent = await started([ours.path]);
  if (theirs === null) return await shippedBench([...args, `${ours.name}=${ourAgent.socket}`]);
  await using theirAgent = await started([theirs.path]);
  const vs = ["--vs", `${theirs.name}=${theirAgent.socket}`];
  return await shippedBench([...args, ...vs, `${ours.name}=${ourAgent.socket}`]);
}

/** Noise alone, to tell how far the socket itself is the limit. */
export async function compareWithDiscard(args: readonly string[]): Promise<BenchResult> {
  await using ourAgent = await started([ours.path]);
  await using reader = await started(discard);
  const vs = ["--vs", `discard=${reader.socket}`, "--only", "recover"];
  return await shippedBench([...args, ...vs, `${ours.name}=${ourAgent.socket}`]);
}

async function started(command: readonly string[]): Promise<PrivateAgent> {
  const agent = new PrivateAgent(command);
  agent.connect().close();
  return agent;
}
