import { SysError } from "../../native/errno.ts";
import { Fd } from "../../native/fd.ts";
import { fileStatusIfThere } from "../../native/file-status.ts";
import { unlink } from "../../native/files.ts";
import { OpenFlag } from "../../native/structs.ts";
import { absolutePath } from "../linux/paths.ts";

/**
 * `<state dir>/qga.state.isfrozen`: there while file systems are frozen, so that an agent that is started in the
 * meantime knows. The name and the meaning are qemu-ga's.
 */
export class FrozenMark {
  readonly path: string;

  constructor(stateDir: string) {
    // A daemon leaves the folder it was started in.
    this.path = `${absolutePath(stateDir)}/qga.state.isfrozen`;
  }

  /** @throws SysError when it cannot be told, which has to be taken for frozen */
  exists(): boolean {
    return fileStatusIfThere(this.path) !== null;
  }

  /** Before the first file system freezes. @throws SysError */
  create(): void {
    const flags = OpenFlag.O_WRONLY | OpenFlag.O_CREAT | OpenFlag.O_NOFOLLOW;
    Fd.open(this.path, flags, 0o600).close();
  }

  /** After the last one is thawed. @throws SysError */
  remove(): void {
    try {
      unlink(this.path);
    } catch (error) {
      // Somebody who thawed by hand removed it, as the message at the start advises.
      if (!(error instanceof SysError) || error.code !== "ENOENT") throw error;
    }
  }
}
