/** A word further away than this share of its letters is another word, not a slip. */
const distanceShareMax = 1 / 3;
/** Nothing that long is a name, and the search takes the square of the length. */
const wordCharsMax = 100;

/** The word that was most likely meant, or null when none is near. */
export function nearest(word: string, words: readonly string[]): string | null {
  if (word.length > wordCharsMax) return null;
  const typed = word.toLowerCase();
  let best: string | null = null;
  let bestDistance = Math.max(typed.length * distanceShareMax, 1);
  for (const candidate of words) {
    const distance = editDistance(typed, candidate);
    if (distance > bestDistance || (best !== null && distance === bestDistance)) continue;
    best = candidate;
    bestDistance = distance;
  }
  return best;
}

/** Levenshtein distance: how many letters have to be added, dropped or replaced. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const replaced = at(row, j - 1) + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, at(row, j) + 1, at(next, j - 1) + 1));
    }
    row = next;
  }
  return at(row, to.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] as number;
}
