/** Characters and ranges of them, such as `a-z0-9_.-`; a dash at an end stands for itself. */
export class CharacterSet {
  readonly #ranges: (readonly [from: number, to: number])[] = [];

  constructor(text: string) {
    const points = [...text].map((character) => character.codePointAt(0) as number);
    for (let at = 0; at < points.length; at++) {
      const from = points[at] as number;
      const isRange = points[at + 1] === dash && at + 2 < points.length;
      this.#ranges.push([from, isRange ? (points[at + 2] as number) : from]);
      if (isRange) at += 2;
    }
  }

  hasAllOf(text: string): boolean {
    for (const character of text) {
      const point = character.codePointAt(0) as number;
      if (!this.#ranges.some(([from, to]) => from <= point && point <= to)) return false;
    }
    return true;
  }
}

const dash = 0x2d;
