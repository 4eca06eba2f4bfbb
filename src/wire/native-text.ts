/** The natives below exist on every Buffer, and take any Uint8Array as `this`, but node's types omit them. */
interface TextNatives {
  latin1Slice(this: Uint8Array, from: number, to: number): string;
  ucs2Slice(this: Uint8Array, from: number, to: number): string;
  latin1Write(this: Uint8Array, text: string, offset: number, count: number): number;
}

const natives = Buffer.prototype as unknown as TextNatives;

let nodeBuffer: typeof import("node:buffer") | null = null;

/** Whether all bytes are below 80. The module with it is loaded when first needed: a start would feel it. */
export function isAscii(bytes: Uint8Array): boolean {
  nodeBuffer ??= process.getBuiltinModule("node:buffer");
  return nodeBuffer.isAscii(bytes);
}

/** One character per byte. For ASCII bytes this is the text itself. */
export function latin1Text(bytes: Uint8Array, from: number, to: number): string {
  return natives.latin1Slice.call(bytes, from, to);
}

/** `units` as UTF-16 code units, of which the first `count` are taken. */
export function utf16Text(units: Uint16Array, count: number): string {
  return natives.ucs2Slice.call(new Uint8Array(units.buffer, units.byteOffset), 0, count * 2);
}

/** Writes one byte per character of an ASCII text. Throws `RangeError` when there is no room. */
export function writeLatin1(target: Uint8Array, text: string, offset: number): void {
  const count = natives.latin1Write.call(target, text, offset, text.length);
  if (count < text.length) throw new RangeError(`Cannot write ${text.length} bytes at ${offset}`);
}
