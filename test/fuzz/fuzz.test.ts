/**
 * Short pieces of what `npm run fuzz` does for long: the compiled agent, in a place that can be thrown away, is told
 * what is right, nearly right and nothing at all.
 */
import { describe, expect, test } from "bun:test";
import { guestwire, lackOf, qemuGa } from "../differential/binaries.ts";
import { campaign, grownKiBMax } from "./campaign.ts";
import { compare, comparedTextsMax } from "./differential.ts";
import { Random } from "./random.ts";
import { shrunken } from "./shrink.ts";
import { lackOfThrowaway } from "./throwaway.ts";

const texts = Number(process.env.FUZZ_TEXTS ?? 100_000);
const seed = Number(process.env.FUZZ_SEED ?? 1);
const msMax = 600_000;

const lack = lackOfThrowaway();
const cannot = lackOf(guestwire) + lack;

describe.skipIf(cannot !== "")(`the agent is in sync after anything${cannot}`, () => {
  test(
    `${texts} requests with generated arguments are answered one by one, in order, with their ids`,
    async () => {
      const outcome = await campaign(guestwire, { kind: "requests", seed, texts });
      expect(outcome.texts).toBeGreaterThanOrEqual(texts);
      // Of too many refusals nothing would be learned.
      expect(outcome.carriedOut).toBeGreaterThan(texts / 5);
      expect(outcome.grownKiB).toBeLessThanOrEqual(grownKiBMax);
    },
    msMax,
  );

  test(
    `${texts} texts that nobody should send`,
    async () => {
      const outcome = await campaign(guestwire, { kind: "noise", seed, texts });
      expect(outcome.texts).toBeGreaterThanOrEqual(texts);
      expect(outcome.grownKiB).toBeLessThanOrEqual(grownKiBMax);
    },
    msMax,
  );

  const cannotCompare = lackOf(qemuGa);
  test.skipIf(cannotCompare !== "")(
    `${comparedTextsMax} texts are answered as by qemu-ga${cannotCompare}`,
    async () => {
      const { texts: compared, lost } = await compare(seed, comparedTextsMax);
      expect(compared).toBeGreaterThanOrEqual(comparedTextsMax);
      expect(lost).toBe(0);
    },
    msMax,
  );
});

describe("the fuzzer itself", () => {
  test("does the same again with the same seed", () => {
    const run = (from: number) => Array.from({ length: 1000 }, bitsOf(new Random(from)));
    expect(run(7)).toEqual(run(7));
    expect(run(7)).not.toEqual(run(8));
  });

  test("finds the text that does it among many", async () => {
    const requests = Array.from({ length: 100 }, (_, id) => ({
      command: "",
      id,
      text: String(id),
    }));
    const breaks = async (chosen: readonly { text: string }[]) =>
      chosen.some(({ text }) => text === "61");
    expect(await shrunken(requests, breaks)).toEqual(["61"]);
    expect(await shrunken(requests, async () => false)).toBeNull();
  });
});

function bitsOf(random: Random): () => number {
  return () => random.bits();
}
