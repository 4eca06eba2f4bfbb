import { SysError } from "../../native/errno.ts";
import { trim } from "../../native/file-system.ts";
import { openFileSystem } from "./file-system-access.ts";
import type { FileSystem } from "./mounts.ts";

/** What became of trimming one file system; bytes, or the step that failed. */
export type TrimResult =
  | { readonly trimmedBytes: bigint; readonly minimumBytes: bigint }
  | { readonly failed: "open" | "trim"; readonly cause: SysError }
  | { readonly failed: "support" | "covered" };

/** Tells the device of a file system which blocks are free, in runs of at least `minimumBytes`. May take minutes. */
export function trimFileSystem(
  fileSystem: FileSystem,
  minimumBytes: bigint,
  root: string,
): TrimResult {
  let step: "open" | "trim" = "open";
  try {
    using fd = openFileSystem(fileSystem, root);
    if (fd === null) return { failed: "covered" };
    step = "trim";
    return trim(fd, minimumBytes);
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    const isUnsupported = error.code === "ENOTTY" || error.code === "EOPNOTSUPP";
    if (step === "trim" && isUnsupported) return { failed: "support" };
    return { failed: step, cause: error };
  }
}
