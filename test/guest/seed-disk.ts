import { chmod, copyFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { mustRunTool } from "./tool.ts";

/**
 * Makes a NoCloud seed disk by the command that `guestwire cloud-init --seed` names in its output, in a folder of its own.
 * @param more binary: what stands on it as `guestwire`
 * @returns the path of the disk
 */
export async function makeSeedDisk(
  folder: string,
  userData: string,
  more: { readonly binary?: string; readonly vendorData?: string },
): Promise<string> {
  const names = ["user-data", "meta-data"];
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "user-data"), userData);
  await writeFile(join(folder, "meta-data"), "instance-id: vm-1\n");
  if (more.vendorData !== undefined) {
    names.push("vendor-data");
    await writeFile(join(folder, "vendor-data"), more.vendorData);
  }
  if (more.binary !== undefined) {
    names.push("guestwire");
    await copyFile(more.binary, join(folder, "guestwire"));
    // What made the disk may have lost it.
    await chmod(join(folder, "guestwire"), 0o644);
  }
  const command = `genisoimage -quiet -output seed.iso -volid cidata -joliet -rock ${names.join(" ")}`;
  await mustRunTool(command.split(" "), folder);
  return join(folder, "seed.iso");
}

/** Arguments of QEMU that give a guest such a disk. */
export function seedDevices(path: string): string[] {
  const drive = `if=none,id=seed,format=raw,readonly=on,file=${path}`;
  return ["-drive", drive, "-device", "virtio-blk-pci,drive=seed"];
}
