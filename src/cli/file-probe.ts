import { type FileProbe, probeFile } from "../linux/file-probe.ts";
import { exitCode } from "./exit-code.ts";
import type { Io } from "./io.ts";

/** Asks about the path that its standard input names. The agent calls it where it must not wait itself. */
export async function answerFileProbe(_: readonly string[], io: Io): Promise<number> {
  probeFile((await Bun.stdin.json()) as FileProbe);
  io.stdout("{}");
  return exitCode.done;
}
