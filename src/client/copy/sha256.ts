import type { Hash } from "node:crypto";

/** In hexadecimal digits in lower case, as agents give it. */
export function sha256(bytes: Uint8Array): string {
  return sha256Sum().update(bytes).digest("hex");
}

/** One that is fed piece by piece. */
export function sha256Sum(): Hash {
  // Not imported for the sake of the agent's start, see LineStream.connect.
  return process.getBuiltinModule("node:crypto").createHash("sha256");
}

const zeros = new Uint8Array(64 * 1024);

/** Feeds as many zeros as a hole is read as. */
export function feedZeros(sum: Hash, count: bigint): void {
  for (let left = count; left > 0n; left -= BigInt(zeros.length)) {
    sum.update(left < zeros.length ? zeros.subarray(0, Number(left)) : zeros);
  }
}
