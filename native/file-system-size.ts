import { cstring } from "./cstring.ts";
import { check } from "./errno.ts";
import { rareLibc } from "./libc.ts";
import { Statvfs } from "./structs.ts";

/** What statvfs(3) tells of a file system, in blocks of `blockBytes`. */
export type FileSystemSize = {
  readonly blockBytes: bigint;
  readonly blocks: bigint;
  readonly freeBlocks: bigint;
  /** Free for those without privileges. */
  readonly availableBlocks: bigint;
};

/** statvfs(3). Waits for as long as the file system does not answer. @throws SysError */
export function fileSystemSize(path: string): FileSystemSize {
  const memory = Statvfs.make();
  check("ask for the size of", rareLibc().statvfs(cstring(path), memory), path);
  const { f_frsize, f_blocks, f_bfree, f_bavail } = Statvfs.read(memory);
  return {
    blockBytes: f_frsize,
    blocks: f_blocks,
    freeBlocks: f_bfree,
    availableBlocks: f_bavail,
  };
}
