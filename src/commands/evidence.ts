/** What the audit log keeps of a call. Never passwords, keys, input of programs or values of their environment. */
export interface Evidence {
  readonly arguments?: Fields;
  /** Of what came of it: handles, numbers, counts. */
  readonly result?: Fields;
}

/** Members that are undefined are left out. */
export interface Fields {
  readonly [name: string]: FieldValue;
}

type FieldValue =
  | string
  | number
  | bigint
  | boolean
  | null
  | undefined
  | readonly string[]
  | WrittenBytes
  | EndOfHandle;

/** Bytes that were written through a handle: the log keeps their number and SHA-256, and adds them up for the handle. */
export class WrittenBytes {
  readonly handle: bigint;
  readonly bytes: Uint8Array;

  /** @param bytes looked at before the next request is, and not kept */
  constructor(handle: bigint, bytes: Uint8Array) {
    this.handle = handle;
    this.bytes = bytes;
  }
}

/** The end of a handle: the log keeps number and SHA-256 of all bytes that were written through it, in their order. */
export class EndOfHandle {
  readonly handle: bigint;

  constructor(handle: bigint) {
    this.handle = handle;
  }
}

/** Of a write that failed nobody knows what became of it. */
export function writtenOf(
  handle: bigint,
  data: Uint8Array | null,
  count: number | bigint | undefined,
): WrittenBytes | undefined {
  if (data === null || count === undefined) return undefined;
  return new WrittenBytes(handle, data.subarray(0, Number(count)));
}

/** Of an entry of the environment. What has no `=` may be a value by mistake. */
export function nameOf(entry: string): string {
  const end = entry.indexOf("=");
  return end === -1 ? "" : entry.slice(0, end);
}
