import { textOf } from "./cstring.ts";
import { check } from "./errno.ts";
import { libc } from "./libc.ts";
import { Fd, rawFd } from "./raw-fd.ts";
import { Dirent64, OpenFlag, Syscall } from "./structs.ts";

const listBytes = 32 * 1024;

/** Made at first use, for all lists: one is read after the other. */
let listMemory: DataView<ArrayBuffer> | null = null;

/** The names in a folder but `.` and `..`, in the order of the file system (getdents64(2)). @throws SysError */
export function listFolder(path: string): string[] {
  using folder = Fd.open(path, OpenFlag.O_RDONLY | OpenFlag.O_DIRECTORY);
  listMemory ??= new DataView(new ArrayBuffer(listBytes));
  const view = listMemory;
  const memory = new Uint8Array(view.buffer);
  const names: string[] = [];
  for (;;) {
    const filled = check(
      "list",
      libc().syscallPointer(Syscall.SYS_getdents64, rawFd(folder), memory, listBytes, 0, null),
      path,
    );
    if (filled === 0) return names;
    for (let at = 0; at < filled; ) {
      const length = view.getUint16(at + Dirent64.reclen, true);
      const name = textOf(memory, at + Dirent64.name, at + length);
      if (name !== "." && name !== "..") names.push(name);
      at += length;
    }
  }
}
