/**
 * Tells the compiled agent ten million things and looks what it makes of them.
 *
 *   bun scripts/fuzz.ts [--texts=N] [--seed=N]   in pieces of some seconds; every piece has a seed of its own
 *   bun scripts/fuzz.ts --kind=noise --seed=N --texts=N   one kind alone, such as to repeat a piece that failed
 */
import { parseArgs } from "node:util";
import { guestwire, lackOf, qemuGa } from "../test/differential/binaries.ts";
import { campaign, type Kind } from "../test/fuzz/campaign.ts";
import { compare, comparedTextsMax } from "../test/fuzz/differential.ts";
import { lackOfThrowaway } from "../test/fuzz/throwaway.ts";

const pieceTexts = 250_000;
/** qemu-ga answers some thousand texts a second. */
const comparedShare = 1 / 50;

const { values } = parseArgs({
  options: {
    texts: { type: "string", default: "10000000" },
    seed: { type: "string", default: "1" },
    kind: { type: "string" },
  },
});
const cannot = lackOf(guestwire) + lackOfThrowaway();
if (cannot !== "") throw new Error(`Cannot fuzz here${cannot}`);

const wanted = Number(values.texts);
const firstSeed = Number(values.seed);
const kinds: readonly Kind[] =
  values.kind === undefined
    ? ["requests", "noise"]
    : [values.kind === "noise" ? "noise" : "requests"];

let sent = 0;
let grownKiB = 0;
const started = performance.now();
for (let piece = 0; sent < wanted; piece++) {
  const kind = kinds[piece % kinds.length] as Kind;
  const seed = firstSeed + piece;
  const texts = Math.min(pieceTexts, wanted - sent);
  const outcome = await campaign(guestwire, { kind, seed, texts });
  sent += outcome.texts;
  grownKiB = Math.max(grownKiB, outcome.grownKiB);
  const rate = Math.round(outcome.texts / outcome.seconds);
  console.log(
    `seed ${seed}, ${kind}: ${outcome.texts} texts, ${rate} a second, ${outcome.grownKiB} KiB more; ${sent} in all`,
  );
}
if (values.kind === undefined && lackOf(qemuGa) === "") {
  let compared = 0;
  let lost = 0;
  for (let seed = firstSeed; compared < wanted * comparedShare; seed++) {
    const outcome = await compare(seed, comparedTextsMax);
    compared += outcome.texts;
    lost += outcome.lost;
  }
  console.log(`${compared} texts answered as by qemu-ga, which ended ${lost} times`);
}
const seconds = (performance.now() - started) / 1000;
console.log(
  `${sent} texts in ${Math.round(seconds)} s; every sync answered, no agent ended, ${grownKiB} KiB more memory at the most`,
);
