import { monotonicMs } from "../../native/clock.ts";
import { SysError } from "../../native/errno.ts";
import { Fd } from "../../native/fd.ts";
import { fileStatusIfThere } from "../../native/file-status.ts";
import { readFile, unlink } from "../../native/files.ts";
import { OpenFlag } from "../../native/structs.ts";
import { latin1Text } from "../../native/text.ts";
import type { FreezeLease } from "../linux/freeze-lease.ts";
import { absolutePath } from "../linux/paths.ts";

/** Hardly any start needs them. */
function leases(): typeof import("../linux/freeze-lease.ts") {
  return require("../linux/freeze-lease.ts") as typeof import("../linux/freeze-lease.ts");
}

const textBytesMax = 4096;

/**
 * `<state dir>/qga.state.isfrozen`: there while file systems are frozen, so that an agent that is started in the
 * meantime knows. The name and the meaning are qemu-ga's; what is in it is ours, and nothing unless the freeze ends by
 * itself.
 */
export class FrozenMark {
  readonly path: string;
  /** There when a freeze has ended by itself while there was no agent; in it, after how many seconds. */
  readonly notePath: string;

  constructor(stateDir: string) {
    // A daemon leaves the folder it was started in.
    this.path = `${absolutePath(stateDir)}/qga.state.isfrozen`;
    this.notePath = `${absolutePath(stateDir)}/qga.state.lease-ended`;
  }

  /** @throws SysError when it cannot be told, which has to be taken for frozen */
  exists(): boolean {
    return fileStatusIfThere(this.path) !== null;
  }

  /** Before the first file system freezes. @throws SysError; then there is none */
  create(lease: FreezeLease | null): void {
    const flags = OpenFlag.O_WRONLY | OpenFlag.O_CREAT | OpenFlag.O_TRUNC | OpenFlag.O_NOFOLLOW;
    using fd = Fd.open(this.path, flags, 0o600);
    if (lease === null) return;
    try {
      fd.writeAll(Buffer.from(leases().formatLease(lease)));
    } catch (error) {
      this.remove();
      throw error;
    }
  }

  /** When the freeze that it marks ends by itself; null: not, as far as can be told. */
  lease(): FreezeLease | null {
    const text = textIn(this.path);
    return text === null ? null : leases().parseLease(text, monotonicMs());
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

  /** Tells the next agent of a freeze that is ended by itself now. @throws SysError */
  leaveNote(lease: FreezeLease): void {
    const { elapsedSeconds, leaveNote } = leases();
    leaveNote(this.notePath, elapsedSeconds(lease, monotonicMs()));
  }

  /** What the note says, which is gone afterwards. @throws SysError */
  takeNote(): number | null {
    return leases().takeNote(this.notePath);
  }
}

function textIn(path: string): string | null {
  try {
    return latin1Text(readFile(path, textBytesMax));
  } catch (error) {
    if (error instanceof SysError) return null;
    throw error;
  }
}
