import { type KeyOrder, workOnKeys } from "../linux/key-work.ts";
import { exitCode } from "./exit-code.ts";
import type { Io } from "./io.ts";

/** Does what its standard input orders. The agent calls it where it must not wait itself. */
export async function authorizedKeys(_: readonly string[], io: Io): Promise<number> {
  const order = (await Bun.stdin.json()) as KeyOrder;
  io.stdout(JSON.stringify(workOnKeys(order)));
  return exitCode.done;
}
