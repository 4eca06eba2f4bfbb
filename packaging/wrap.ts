/** Cuts a paragraph into lines; a word that is too long gets one of its own. */
export function wrap(text: string, columnsMax: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const longer = `${lines.at(-1) ?? ""} ${word}`.trimStart();
    if (lines.length > 0 && longer.length <= columnsMax) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}
