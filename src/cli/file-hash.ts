import { type HashOrder, hashOfRange } from "../linux/file-hash.ts";
import { exitCode } from "./exit-code.ts";
import type { Io } from "./io.ts";

/** Hashes what its standard input orders. The agent calls it for what may take long. */
export async function printFileHash(_: readonly string[], io: Io): Promise<number> {
  const order = (await Bun.stdin.json()) as HashOrder;
  io.stdout(JSON.stringify(hashOfRange(order)));
  return exitCode.done;
}
