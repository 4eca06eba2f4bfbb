const length = 48;
const lettersUsed = 26;
const pairs = 4;
const firstLetter = 0x41;

/**
 * Names that all fall into one bucket of QEMU's dictionary, up to 26^4 of them. Its hash adds bytes shifted by their
 * place, and places 24 apart are shifted alike: what one has more the other has less.
 */
export function colliding(index: number): string {
  const letters = Array<number>(length).fill(firstLetter);
  let rest = index;
  for (let pair = 0; pair < pairs; pair++) {
    const more = rest % lettersUsed;
    rest = Math.floor(rest / lettersUsed);
    letters[pair] = firstLetter + more;
    letters[pair + length / 2] = firstLetter + lettersUsed - 1 - more;
  }
  return String.fromCharCode(...letters);
}
