import { listFolder } from "../../native/folder.ts";
import { openAttributeOfDevice, readAttribute, writeAttribute } from "./attribute.ts";

/** A logical processor (Documentation/ABI/testing/sysfs-devices-system-cpu). */
export interface Processor {
  readonly id: bigint;
  readonly online: boolean;
  /** Whether the kernel has a switch for it. */
  readonly canOffline: boolean;
}

/** This processor has no switch, and it was to be taken offline. */
export class NoSwitch extends Error {
  override readonly name = "NoSwitch";
  readonly id: bigint;

  constructor(id: bigint) {
    super(`Cannot take processor ${id} offline: the kernel has no switch for it`);
    this.id = id;
  }
}

/** Where processors are, below a root. */
export const processorFolder = "/sys/devices/system/cpu";

/** The numbers of all processors in the order of the file system, those that are offline among them. @throws SysError */
export function processorIds(root: string): bigint[] {
  return listFolder(root + processorFolder).flatMap((name) => {
    const digits = /^cpu(\d+)$/.exec(name)?.[1];
    return digits === undefined ? [] : [BigInt(digits)];
  });
}

/** @throws SysError, EmptyAttribute */
export function processor(root: string, id: bigint): Processor {
  const folder = deviceFolder(root, id);
  using attribute = openAttributeOfDevice(folder, switchPath(folder), "read");
  if (attribute === null) return { id, online: true, canOffline: false };
  return { id, online: isOn(readAttribute(attribute, 1)), canOffline: true };
}

/**
 * Turns a processor on or off; nothing is written where it is as wanted.
 * @throws SysError such as EBUSY for the last one that could be; EmptyAttribute, NoSwitch
 */
export function setProcessor(root: string, id: bigint, online: boolean): void {
  const folder = deviceFolder(root, id);
  using attribute = openAttributeOfDevice(folder, switchPath(folder), "both");
  if (attribute === null) {
    if (!online) throw new NoSwitch(id);
    return;
  }
  if (isOn(readAttribute(attribute, 1)) !== online) writeAttribute(attribute, online ? "1" : "0");
}

function isOn(text: string): boolean {
  return text !== "0";
}

function deviceFolder(root: string, id: bigint): string {
  return `${root}${processorFolder}/cpu${id}/`;
}

/** Hosts know the path from error texts in which it has two slashes. */
function switchPath(folder: string): string {
  return `${folder}/online`;
}
