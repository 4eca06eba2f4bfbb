import { Fd, WOULD_BLOCK } from "../../native/fd.ts";
import { poll } from "../../native/poll.ts";
import { Epoll, OpenFlag } from "../../native/structs.ts";

const newline = 0x0a;
const chunkBytes = 64 * 1024;

export interface FileLine {
  /** Without the newline. */
  readonly bytes: Uint8Array;
  /** It has its newline. */
  readonly isWhole: boolean;
}

/**
 * The lines of a file of any size, one after the other. Of a line that is longer than `bytesMax` so much is given.
 * @throws SysError
 */
export function* fileLines(path: string, bytesMax: number): Generator<FileLine> {
  using fd = Fd.open(path, OpenFlag.O_RDONLY | OpenFlag.O_NOCTTY);
  const chunk = new Uint8Array(chunkBytes);
  let begun = new Uint8Array(0);
  for (;;) {
    const count = fd.tryRead(chunk);
    if (count === WOULD_BLOCK) {
      poll(fd, Epoll.EPOLLIN, -1);
      continue;
    }
    if (count === 0) break;
    let from = 0;
    for (let end = chunk.indexOf(newline); end !== -1 && end < count; ) {
      yield { bytes: joined(begun, chunk.subarray(from, end), bytesMax), isWhole: true };
      begun = new Uint8Array(0);
      from = end + 1;
      end = chunk.indexOf(newline, from);
    }
    begun = joined(begun, chunk.subarray(from, count), bytesMax);
  }
  if (begun.length > 0) yield { bytes: begun, isWhole: false };
}

function joined(first: Uint8Array, second: Uint8Array, bytesMax: number): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(Math.min(first.length + second.length, bytesMax));
  both.set(first.subarray(0, both.length));
  both.set(second.subarray(0, both.length - first.length), first.length);
  return both;
}
