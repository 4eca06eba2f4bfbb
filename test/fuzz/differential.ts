import { guestwire, qemuGa } from "../differential/binaries.ts";
import type { Given } from "./arguments.ts";
import { Broken, Exchange } from "./exchange.ts";
import { noiseText } from "./noise.ts";
import { Random } from "./random.ts";
import { RequestSource } from "./requests.ts";
import { ThrowawayAgent } from "./throwaway.ts";

/** Below the faults that guestwire answers one by one, which is a difference of its own. */
const batchTextsMax = 40;

/** Of a reply that differs. */
const shownCharsMax = 500;

/** What two agents in the same place answer in the same words, and no time or process number is in. */
export const comparedCommands: ReadonlySet<string> = new Set([
  ...["guest-sync", "guest-sync-delimited", "guest-ping", "guest-fsfreeze-status"],
  ...["guest-file-open", "guest-file-close", "guest-file-read", "guest-file-write"],
  ...["guest-file-seek", "guest-file-flush", "guest-get-host-name", "guest-get-timezone"],
]);

export interface Compared {
  readonly texts: number;
  /** How often qemu-ga ended and was started again. */
  readonly lost: number;
}

/** More would open more files than guestwire lets a host open, which is a difference of its own. */
export const comparedTextsMax = 20_000;

/** Sends the same texts to both agents, {@link comparedTextsMax} at the most. @throws Broken with the texts and both answers when these differ */
export async function compare(seed: number, texts: number): Promise<Compared> {
  await using ours = await ThrowawayAgent.start(guestwire);
  const ourExchange = new Exchange(await ours.client(), new Random(seed));
  let reference = await ThrowawayAgent.start(qemuGa);
  try {
    let referenceExchange = new Exchange(await reference.client(), new Random(seed));
    const batches = new Batches(new Random(seed + 1));
    let lost = 0;
    while (batches.made < texts) {
      const batch = batches.next();
      const got = ourExchange.probed(batch.join("")).map(plain);
      let expected: string[];
      try {
        expected = referenceExchange.probed(batch.join("")).map(plain);
      } catch (error) {
        if (!(error instanceof Error)) throw error;
        lost++;
        await reference[Symbol.asyncDispose]();
        reference = await ThrowawayAgent.start(qemuGa);
        referenceExchange = new Exchange(await reference.client(), new Random(seed + lost));
        continue;
      }
      const at = expected.findIndex((line, index) => line !== got[index]);
      if (at !== -1 || got.length !== expected.length) {
        const [theirs, own] = [expected[at], got[at]].map((line) => line?.slice(0, shownCharsMax));
        throw new Broken(
          `Seed ${seed}: qemu-ga ${theirs}\nguestwire ${own}\n${JSON.stringify(batch)}`,
        );
      }
    }
    return { texts: batches.made, lost };
  } finally {
    await reference[Symbol.asyncDispose]();
  }
}

class Batches {
  readonly #random: Random;
  readonly #source: RequestSource;
  made = 0;

  constructor(random: Random) {
    this.#random = random;
    this.#source = new RequestSource(random, comparedCommands);
  }

  next(): string[] {
    const count = 1 + this.#random.below(batchTextsMax);
    this.made += count;
    return Array.from({ length: count }, () =>
      this.#random.chance(2)
        ? noiseText(this.#random, this.#source)
        : this.#source.next(this.#random.below(1000), given).text,
    );
  }
}

/** Both count from the same number, and the last few are enough. */
const given: Given = { handles: ["1000", "1001", "1002", "1003", "1004"], pids: [] };

/**
 * Without what differs on purpose (the difference `disabled-text`), and without what qemu-ga leaves to chance: which
 * one of several unknown members it names.
 */
function plain(line: string): string {
  return line
    .replace(" has been disabled: the command is not allowed", " has been disabled")
    .replace(/"desc": "Parameter '.*' is unexpected"/, '"desc": "Parameter is unexpected"');
}
