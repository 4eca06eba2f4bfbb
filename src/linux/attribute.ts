/**
 * Attributes of devices in /sys: small files that are read, and written, at their beginning.
 */
import { Fd } from "../../native/fd.ts";
import { openBelowIfThere } from "../../native/folder.ts";
import { OpenFlag } from "../../native/structs.ts";

const decoder = new TextDecoder();

/** An attribute had nothing in it. */
export class EmptyAttribute extends Error {
  override readonly name = "EmptyAttribute";
  readonly path: string;

  constructor(path: string) {
    super(`Cannot read "${path}": nothing is in it`);
    this.path = path;
  }
}

/** Whether a device's folder can be opened, the question before those about its attributes. @throws SysError */
export function openDevice(folder: string): void {
  Fd.open(folder, OpenFlag.O_RDONLY | OpenFlag.O_DIRECTORY).close();
}

/** @throws SysError */
export function openAttribute(path: string, access: "read" | "write" | "both"): Fd {
  return Fd.open(path, openFlags[access]);
}

const openFlags = {
  read: OpenFlag.O_RDONLY,
  write: OpenFlag.O_WRONLY,
  both: OpenFlag.O_RDWR,
} as const;

/**
 * The same, or null where the device has no attribute of that name.
 * @param above a folder that is open and with whose path `path` begins, where many attributes are to be read
 * @throws SysError
 */
export function openAttributeIfThere(
  path: string,
  access: "read" | "both",
  above: Fd | null = null,
): Fd | null {
  const flags = openFlags[access];
  return above === null ? Fd.openIfThere(path, flags) : openBelowIfThere(above, path, flags);
}

/**
 * The same of a device whose folder has to be openable (see openDevice). That is asked only where the attribute does
 * not answer it. @throws SysError about the folder, or else about the attribute
 */
export function openAttributeOfDevice(
  folder: string,
  path: string,
  access: "read" | "both",
  above: Fd | null = null,
): Fd | null {
  try {
    const attribute = openAttributeIfThere(path, access, above);
    if (attribute !== null) return attribute;
  } catch (error) {
    openDevice(folder);
    throw error;
  }
  openDevice(folder);
  return null;
}

/** The first characters of an attribute, `charsMax` at the most. @throws SysError, EmptyAttribute */
export function readAttribute(attribute: Fd, charsMax: number): string {
  const memory = new Uint8Array(charsMax);
  const count = attribute.readAt(memory, 0);
  if (count === 0) throw new EmptyAttribute(attribute.subject);
  return decoder.decode(memory.subarray(0, count));
}

/** Has the kernel act on a text. @throws SysError such as EBUSY, where it refuses */
export function writeAttribute(attribute: Fd, text: string): void {
  attribute.writeAt(new TextEncoder().encode(text), 0);
}
