import { ptr } from "bun:ffi";

const pointerBytes = 8;

/**
 * A `char *const array[]` with its final NULL, as argv and envp are passed. Pointers and strings share one
 * buffer, so that whoever keeps the array keeps the strings.
 *
 * @param strings each with its NUL.
 */
export function stringArray(strings: readonly Uint8Array[]): Uint8Array {
  const pointersBytes = (strings.length + 1) * pointerBytes;
  const buffer = new ArrayBuffer(
    strings.reduce((length, string) => length + string.length, pointersBytes),
  );
  const memory = new Uint8Array(buffer);
  const pointers = new DataView(buffer);
  const address = ptr(memory);
  let at = pointersBytes;
  strings.forEach((string, index) => {
    pointers.setBigUint64(index * pointerBytes, BigInt(address + at), true);
    memory.set(string, at);
    at += string.length;
  });
  return memory;
}
