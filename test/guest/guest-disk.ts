import { closeSync, openSync, truncateSync, writeSync } from "node:fs";
import { join } from "node:path";

/** A disk of a guest: an image in the guest's folder, which takes no more of this machine's disk than is written. */
export interface GuestDisk {
  /** Name of the image and of QEMU's block node; letters, digits and "_" only. */
  readonly name: string;
  readonly bytes: number;
  /** QEMU's device on it, without its `drive`: the driver, its bus and so on. */
  readonly device: string;
  /** Primary partitions to be written into the image. */
  readonly partitions?: readonly Partition[];
  /** Fills the image before the boot, e.g. by a mkfs of this machine. It lies at `path` and has its full size. */
  readonly fill?: (path: string) => Promise<unknown>;
}

/** A primary partition, in bytes; both are multiples of {@link sectorBytes}. */
export interface Partition {
  readonly start: number;
  readonly bytes: number;
}

export const sectorBytes = 512;

const bootRecordBytes = 512;
const tableOffset = 446;
const entryBytes = 16;
const entriesMax = 4;
const linuxType = 0x83;
const signature = 0xaa55;

/** Makes the images; returns QEMU's arguments for them. */
export async function makeGuestDisks(
  folder: string,
  disks: readonly GuestDisk[],
): Promise<string[]> {
  for (const { name, bytes, partitions, fill } of disks) {
    const path = join(folder, imageOf(name));
    const file = openSync(path, "w");
    if (partitions !== undefined) writeSync(file, bootRecord(partitions), 0, bootRecordBytes, 0);
    closeSync(file);
    truncateSync(path, bytes);
    await fill?.(path);
  }
  return disks.flatMap(({ name, device }) => [
    "-blockdev",
    `driver=raw,node-name=${name},discard=unmap,file.driver=file,file.filename=${imageOf(name)}`,
    "-device",
    `${device},drive=${name}`,
  ]);
}

function imageOf(name: string): string {
  return `${name}.img`;
}

/** A master boot record without a boot loader: of each partition the first sector and the number of them count. */
function bootRecord(partitions: readonly Partition[]): Uint8Array {
  if (partitions.length > entriesMax) throw new RangeError("A boot record has four partitions");
  const record = Buffer.alloc(bootRecordBytes);
  partitions.forEach(({ start, bytes }, index) => {
    const entry = tableOffset + index * entryBytes;
    record.writeUInt8(linuxType, entry + 4);
    record.writeUInt32LE(start / sectorBytes, entry + 8);
    record.writeUInt32LE(bytes / sectorBytes, entry + 12);
  });
  record.writeUInt16LE(signature, bootRecordBytes - 2);
  return record;
}
