import type { Fd } from "../../../native/fd.ts";
import { told } from "./refusals.ts";
import { sha256Sum } from "./sha256.ts";
import type { Range } from "./tree.ts";

/** After so much of it others have their turn, such as a Ctrl-C. */
const turnBytes = 8 * 1024 * 1024;

/** SHA-256 of a range of a file here; null where it ends before. @throws CopyError */
export async function hashInTurns(fd: Fd, { start, end }: Range): Promise<string | null> {
  const sum = sha256Sum();
  const memory = new Uint8Array(turnBytes);
  for (let at = start; at < end; ) {
    const room = memory.subarray(0, Number(end - at < turnBytes ? end - at : turnBytes));
    const offset = at;
    if (told(() => fd.readAllAt(room, offset)) < room.length) return null;
    sum.update(room);
    at += BigInt(room.length);
    await new Promise((resolve) => setImmediate(resolve));
  }
  return sum.digest("hex");
}
