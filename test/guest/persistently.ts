import { setTimeout as sleep } from "node:timers/promises";

/** A mirror that is being updated, or that many ask at once, is itself again after these. */
const pausesMs = [5_000, 30_000];

/** Does what needs the network until it succeeds, three times at the most. @throws what the last time threw */
export async function persistently<T>(work: () => Promise<T>): Promise<T> {
  for (const pauseMs of pausesMs) {
    try {
      return await work();
    } catch (error) {
      console.error(`${(error as Error).message}\nTrying again in ${pauseMs / 1000} s.`);
      await sleep(pauseMs);
    }
  }
  return work();
}
