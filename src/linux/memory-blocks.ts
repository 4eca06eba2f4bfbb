import { Errno, SysError } from "../../native/errno.ts";
import type { Fd } from "../../native/fd.ts";
import { listOpenFolder, openFolder } from "../../native/folder.ts";
import {
  EmptyAttribute,
  openAttribute,
  openAttributeIfThere,
  openAttributeOfDevice,
  openDevice,
  readAttribute,
  writeAttribute,
} from "./attribute.ts";
import { nullIfMissing } from "./missing.ts";

/** A block of memory that can be hot-plugged (Documentation/admin-guide/mm/memory-hotplug.rst). */
export interface MemoryBlock {
  readonly index: bigint;
  readonly online: boolean;
  readonly canOffline: boolean;
}

/** What came of a wish for a block, and the errno where something was in the way. */
export interface MemoryBlockResult {
  readonly response: "success" | "not-found" | "operation-not-supported" | "operation-failed";
  readonly errno: number | null;
}

/** Where memory blocks are, below a root. */
export const memoryFolder = "/sys/devices/system/memory/";

const onlineWord = "online";
const offlineWord = "offline";
const stateCharsMax = 16;
const sizeCharsMax = 20;

const unsupported: MemoryBlockResult = {
  response: "operation-not-supported",
  errno: Errno.ENOENT,
};

/** The folder of all blocks; null where the kernel has no memory hotplug. @throws SysError */
export function openMemoryFolder(root: string): Fd | null {
  return nullIfMissing(() => openFolder(root + memoryFolder));
}

/** The numbers of all blocks in a folder that has just been opened, in the order of the file system. @throws SysError */
export function memoryBlockIndexes(blocks: Fd): bigint[] {
  return listOpenFolder(blocks).flatMap((name) => {
    const digits = /^memory(\d+)$/.exec(name)?.[1];
    return digits === undefined ? [] : [BigInt(digits)];
  });
}

/** @throws SysError about the block's folder or an attribute; EmptyAttribute */
export function memoryBlock(blocks: Fd, index: bigint): MemoryBlock {
  const folder = `${blocks.subject}memory${index}/`;
  using state = openAttributeOfDevice(folder, `${folder}state`, "read", blocks);
  if (state === null) return { index, online: true, canOffline: false };
  const online = isOnline(state);
  using removable = openAttributeIfThere(`${folder}removable`, "read", blocks);
  return { index, online, canOffline: removable !== null && readAttribute(removable, 1) !== "0" };
}

/** Turns a block on or off; nothing is written where it is as wanted. Never throws for what the kernel refuses. */
export function setMemoryBlock(root: string, index: bigint, online: boolean): MemoryBlockResult {
  const path = `${blockFolder(root, index)}state`;
  try {
    if (nullIfMissing(() => openDevice(root + memoryFolder)) === null) return unsupported;
    if (nullIfMissing(() => openDevice(blockFolder(root, index))) === null) {
      return { response: "not-found", errno: Errno.ENOENT };
    }
    using state = openAttributeIfThere(path, "read");
    if (state === null) return withoutState(online);
    if (isOnline(state) !== online) {
      using writable = openAttribute(path, "write");
      writeAttribute(writable, online ? onlineWord : offlineWord);
    }
    return { response: "success", errno: null };
  } catch (error) {
    return { response: "operation-failed", errno: errnoOfFailure(error) };
  }
}

/** Bytes in each block. @throws SysError about the folder or the attribute; EmptyAttribute */
export function memoryBlockBytes(root: string): bigint {
  openDevice(root + memoryFolder);
  const path = `${root}${memoryFolder}block_size_bytes`;
  using attribute = openAttribute(path, "read");
  const digits = /^(?:0x)?([0-9a-f]{1,16})/i.exec(readAttribute(attribute, sizeCharsMax))?.[1];
  return digits === undefined ? 0n : BigInt(`0x${digits}`);
}

/** The kernel decides alone about such a block; what qemu-ga answers has the errno of the search in both cases. */
function withoutState(online: boolean): MemoryBlockResult {
  return online ? { response: "success", errno: Errno.ENOENT } : unsupported;
}

/** An attribute with nothing in it has no errno, and is told as 0. */
function errnoOfFailure(error: unknown): number {
  if (error instanceof SysError) return error.errno;
  if (error instanceof EmptyAttribute) return 0;
  throw error;
}

/** Other words of the state are `offline` and `going-offline`; a zone may stand behind `online`. */
function isOnline(state: Fd): boolean {
  return readAttribute(state, stateCharsMax).startsWith(onlineWord);
}

function blockFolder(root: string, index: bigint): string {
  return `${root}${memoryFolder}memory${index}/`;
}
