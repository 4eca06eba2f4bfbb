import type { FuzzedRequest } from "./requests.ts";

const shownMax = 8;

/**
 * The fewest neighbouring texts that still do it, by halving from both ends.
 * @returns null when not even all of them do
 */
export async function shrunken(
  texts: readonly FuzzedRequest[],
  breaks: (chosen: readonly FuzzedRequest[]) => Promise<boolean>,
): Promise<string[] | null> {
  if (!(await breaks(texts))) return null;
  let chosen = texts;
  for (let piece = Math.ceil(chosen.length / 2); piece >= 1; piece = Math.floor(piece / 2)) {
    for (const [from, to] of [
      [piece, chosen.length],
      [0, chosen.length - piece],
    ] as const) {
      const fewer = chosen.slice(from, to);
      if (fewer.length > 0 && (await breaks(fewer))) chosen = fewer;
    }
  }
  return chosen.slice(0, shownMax).map(({ text }) => text);
}
