import { blank, valueText } from "./json-text.ts";
import type { Random } from "./random.ts";
import type { FuzzedRequest, RequestSource } from "./requests.ts";

/** What cuts texts up, opens what is never closed, or is nothing at all. */
const strikes = [
  ...["{", "}", "[", "]", ":", ",", '"', "'", "\\", " ", "\n", "\t", "-", ".", "e", "0", "a", "z"],
  ...[
    "\x00",
    "\x01",
    "\x1b",
    "\xff",
    "\xff\xff",
    "\xfe",
    "\x80",
    "\xc3",
    "\xa9",
    "\xe2\x80\xae",
    "%s",
  ],
];
const deepest = 1100;
const strikesMax = 3;

/** A text of JSON's grammar, or nearly so; seldom a deep one. */
export function jsonText(random: Random): string {
  if (random.chance(500)) {
    const depth = random.below(deepest);
    return random.pick(["[", '{"a":', "[{", '[["']).repeat(depth);
  }
  return valueText(random, 4) + blank(random);
}

/** Some bytes put in, taken out, or put in the place of others. */
export function struck(text: string, random: Random): string {
  let mutated = text;
  for (let left = 1 + random.below(strikesMax); left > 0; left--) {
    const at = random.below(mutated.length + 1);
    const what = random.chance(3) ? String.fromCharCode(random.below(256)) : random.pick(strikes);
    mutated =
      mutated.slice(0, at) + (random.chance(4) ? "" : what) + mutated.slice(at + random.below(4));
  }
  return mutated;
}

/** Bytes of all values. */
export function randomBytes(random: Random, count: number): string {
  let text = "";
  for (let left = count; left > 0; left--) text += String.fromCharCode(random.below(256));
  return text;
}

/** A text that nobody should send. `source` names no program: who knows what a changed name would start. */
export function noiseText(random: Random, source: RequestSource): string {
  const kind = random.below(8);
  if (kind < 4) return jsonText(random);
  if (kind === 7) return randomBytes(random, random.below(64));
  const request: FuzzedRequest = source.next(random.below(1000), { handles: [], pids: [] });
  return struck(request.text, random);
}
