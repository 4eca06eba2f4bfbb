import { SysError } from "../../native/errno.ts";
import { fileSystemSize } from "../../native/file-system-size.ts";
import { formatSize } from "../linux/file-system-size.ts";
import { exitCode } from "./exit-code.ts";
import type { Io } from "./io.ts";

/** Writes the size of the file system mounted at a path. The agent calls it where it must not wait itself. */
export async function printFileSystemSize(args: readonly string[], io: Io): Promise<number> {
  try {
    io.stdout(formatSize(fileSystemSize(args[0] ?? "")));
    return exitCode.done;
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    io.stderr(`${error.message}\n`);
    return exitCode.refused;
  }
}
