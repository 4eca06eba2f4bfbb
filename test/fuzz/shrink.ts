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
  for (let piece = Math.ceil(chosen.length / 2); piece >= 1; ) {
    const fewer = await halved(chosen, piece, breaks);
    if (fewer === null) piece = Math.floor(piece / 2);
    else chosen = fewer;
  }
  return chosen.slice(0, shownMax).map(({ text }) => text);
}

/** Without the piece at one end or the other; null when neither does it any more. */
async function halved(
  texts: readonly FuzzedRequest[],
  piece: number,
  breaks: (chosen: readonly FuzzedRequest[]) => Promise<boolean>,
): Promise<readonly FuzzedRequest[] | null> {
  for (const fewer of [texts.slice(piece), texts.slice(0, -piece)]) {
    if (fewer.length > 0 && (await breaks(fewer))) return fewer;
  }
  return null;
}
