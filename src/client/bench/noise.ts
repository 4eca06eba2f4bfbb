/** What an agent may find on its channel that is none of its business. The same bytes in every run. */

const seed = 0x9e3779b9;

/** Xorshift (Marsaglia, 2003): every byte value is about as frequent, so half of it looks like nothing in JSON. */
export function randomBytes(count: number): Uint8Array {
  const words = new Uint32Array(Math.ceil(count / Uint32Array.BYTES_PER_ELEMENT));
  let state = seed;
  for (let index = 0; index < words.length; index++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    words[index] = state;
  }
  return new Uint8Array(words.buffer, 0, count);
}

export interface Noise {
  readonly name: string;
  readonly words: string;
  make(bytes: number): Uint8Array;
}

export const noises: readonly Noise[] = [
  { name: "random", words: "random bytes", make: randomBytes },
  {
    name: "string",
    words: "a string without end",
    make: (bytes) => repeated('"', "a", bytes),
  },
  { name: "brackets", words: "open brackets", make: (bytes) => repeated("", "[", bytes) },
  {
    name: "ff",
    words: "JSON cut up by 0xFF",
    make: (bytes) => repeated("", '{"a":\xff[1,\xff"b\xff', bytes),
  },
];

function repeated(start: string, pattern: string, bytes: number): Uint8Array {
  const noise = Buffer.alloc(bytes, pattern, "latin1");
  noise.write(start, 0, "latin1");
  return noise;
}
