/** `bytes` in pieces of `size`, the last one shorter. */
export function* pieces(bytes: Uint8Array, size: number): Generator<Uint8Array> {
  for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size);
}

/** `bytes` cut at the given offsets, in any order. */
export function cutAt(bytes: Uint8Array, offsets: readonly number[]): Uint8Array[] {
  const ordered = [0, ...offsets].sort((left, right) => left - right);
  return ordered.map((from, index) => bytes.subarray(from, ordered[index + 1] ?? bytes.length));
}

/** Every way to cut `bytes` into equal pieces, and every way to cut it in two. */
export function* everyCut(bytes: Uint8Array): Generator<[name: string, parts: Uint8Array[]]> {
  for (let size = 1; size <= bytes.length; size++) {
    yield [`pieces of ${size}`, [...pieces(bytes, size)]];
  }
  for (let at = 0; at <= bytes.length; at++) yield [`cut at ${at}`, cutAt(bytes, [at])];
}
