import { SysError } from "../../native/errno.ts";
import { Fd } from "../../native/fd.ts";
import { fileStatusIfThere } from "../../native/file-status.ts";
import { OpenFlag } from "../../native/structs.ts";

/** A host gives a command five seconds in the worst case (libvirt, Proxmox VE). */
export const probeDeadlineMs = 2_000;

export interface FileProbe {
  readonly path: string;
}

/**
 * Asks a file system about a path, and opens what is a regular file: attributes may come from a cache. What is found
 * is nobody's business; that this returns at all is.
 */
export function probeFile({ path }: FileProbe): void {
  try {
    if (fileStatusIfThere(path)?.type !== "file") return;
    Fd.open(path, OpenFlag.O_RDONLY | OpenFlag.O_NONBLOCK | OpenFlag.O_NOCTTY).close();
  } catch (error) {
    // A refusal is an answer.
    if (!(error instanceof SysError)) throw error;
  }
}
