import type { Fd } from "../../native/fd.ts";

const stepBytes = 1024 * 1024;

/** What a file is to hold, however large. */
export interface Content {
  /** In hexadecimal digits. */
  readonly sha256: string;
  readonly bytes: number;
  /** Writes all of it at the position of `file`. @throws SysError */
  writeTo(file: Fd): void;
}

export function textContent(text: string): Content {
  const memory = Buffer.from(text);
  return {
    sha256: new Bun.CryptoHasher("sha256").update(memory).digest("hex"),
    bytes: memory.length,
    writeTo: (file) => file.writeAll(memory),
  };
}

/** That of an open regular file, which has to stay open and as it is. @throws SysError */
export function fileContent(source: Fd): Content {
  const { sha256, bytes } = hashFile(source);
  return {
    sha256,
    bytes,
    writeTo: (file) => {
      for (const piece of pieces(source)) file.writeAll(piece);
    },
  };
}

/** @throws SysError */
export function hashFile(file: Fd): { readonly sha256: string; readonly bytes: number } {
  const hash = new Bun.CryptoHasher("sha256");
  let bytes = 0;
  for (const piece of pieces(file)) {
    hash.update(piece);
    bytes += piece.length;
  }
  return { sha256: hash.digest("hex"), bytes };
}

/** From the beginning, each good until the next. */
function* pieces(file: Fd): Generator<Uint8Array> {
  const memory = new Uint8Array(stepBytes);
  for (let offset = 0; ; ) {
    const count = file.readAt(memory, offset);
    if (count === 0) return;
    yield memory.subarray(0, count);
    offset += count;
  }
}
