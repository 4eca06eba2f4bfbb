import { SysError } from "../../native/errno.ts";
import { Fd } from "../../native/fd.ts";
import { deviceNumbers, fileStatus } from "../../native/file-status.ts";
import { OpenFlag } from "../../native/structs.ts";
import type { FileSystem, Mount } from "./mounts.ts";

/** What may be mounted in the meantime must not be waited for: a FIFO, a terminal. */
const openFlags = OpenFlag.O_RDONLY | OpenFlag.O_NONBLOCK | OpenFlag.O_NOCTTY;

/**
 * Opens a file system through the first of its mounts that leads to it: a folder, or where there is none, as in some
 * containers, a regular file.
 * @returns null when all of its mounts are covered by others
 * @throws SysError about the first mount when none can be opened
 */
export function openFileSystem(fileSystem: FileSystem, root: string): Fd | null {
  let failure: SysError | null = null;
  for (const open of [openFolder, openRegularFile]) {
    for (const { mountPoint } of fileSystem.mounts) {
      try {
        const fd = open(`${root}${mountPoint}`);
        if (fd === null) continue;
        if (leadsTo(fd, fileSystem)) return fd;
        fd.close();
      } catch (error) {
        if (!(error instanceof SysError)) throw error;
        failure ??= error;
      }
    }
  }
  if (failure !== null) throw failure;
  return null;
}

/** Opens anew what a process has opened, by `descriptorPath`: a folder, or a file that is a mount point by itself. */
export function openAgain(path: string): Fd {
  return Fd.open(path, openFlags);
}

function openFolder(path: string): Fd | null {
  try {
    return Fd.open(path, openFlags | OpenFlag.O_DIRECTORY);
  } catch (error) {
    if (error instanceof SysError && error.code === "ENOTDIR") return null;
    throw error;
  }
}

function openRegularFile(path: string): Fd | null {
  return fileStatus(path).type === "file" ? Fd.open(path, openFlags) : null;
}

/** Files of btrfs are on a number without a device, each subvolume's own. */
function leadsTo(fd: Fd, { major, minor, type }: Mount): boolean {
  const found = deviceNumbers(fd.stat().dev);
  if (type === "btrfs" && found.major === 0) return true;
  return found.major === major && found.minor === minor;
}
