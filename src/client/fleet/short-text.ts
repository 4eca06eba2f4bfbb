/**
 * The beginning of a text, with a mark where something is missing. It is a copy: a piece of a string would keep all of
 * it in memory.
 */
export function shortText(text: string, charsMax: number): string {
  if (text.length <= charsMax) return text;
  return `${Buffer.from(text.slice(0, charsMax)).toString()}…`;
}
