import { Errno, SysError } from "../../native/errno.ts";
import { Fd } from "../../native/fd.ts";
import { OpenFlag } from "../../native/structs.ts";

/** What is read at a time. */
const chunkBytes = 1024 * 1024;

/** A range of a file. Goes to another process as JSON, so numbers of 64 bits are texts. */
export interface HashOrder {
  readonly path: string;
  readonly offset: string;
  /** Absent: to the end. */
  readonly count?: string;
}

/** What became of it. `count` are the bytes there were: fewer than asked for at the end of the file only. */
export type HashOutcome =
  | { readonly hash: string; readonly count: number }
  | { readonly op: string; readonly errno: number; readonly subject: string };

/** The SHA-256 in hexadecimal digits. Takes as long as reading does. */
export function hashOfRange({ path, offset, count }: HashOrder): HashOutcome {
  try {
    const { O_NOCTTY, O_NONBLOCK, O_RDONLY } = OpenFlag;
    using fd = Fd.open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
    const { type } = fd.stat();
    if (type === "directory") throw new SysError("hash", Errno.EISDIR, path);
    // Nothing else has offsets and an end.
    if (type !== "file" && type !== "block") throw new SysError("hash", Errno.EINVAL, path);
    const bytesMax = count === undefined ? Number.POSITIVE_INFINITY : Number(count);
    return hashFrom(fd, BigInt(offset), bytesMax);
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    const { op, errno, subject } = error;
    return { op, errno, subject };
  }
}

function hashFrom(fd: Fd, offset: bigint, bytesMax: number): HashOutcome {
  const hasher = new Bun.CryptoHasher("sha256");
  const chunk = new Uint8Array(chunkBytes);
  let count = 0;
  while (count < bytesMax) {
    const room = chunk.subarray(0, Math.min(chunkBytes, bytesMax - count));
    const got = fd.readAt(room, offset + BigInt(count));
    if (got === 0) break;
    hasher.update(room.subarray(0, got));
    count += got;
  }
  return { hash: hasher.digest("hex"), count };
}
