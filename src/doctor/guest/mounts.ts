import { Reactor } from "../../../native/reactor.ts";
import { DeviceTree } from "../../linux/block/device-tree.ts";
import { deviceText } from "../../linux/device-text.ts";
import { sizesInTime } from "../../linux/file-system-size.ts";
import { filesBelow } from "../../linux/freeze-order.ts";
import { isServed } from "../../linux/mount-kinds.ts";
import { type FileSystem, fileSystemsOf, type Mount, mountOf } from "../../linux/mounts.ts";
import type { System } from "../system.ts";

/** Those that gave no answer in time or an error; each is asked by a process of its own, since it may wait for ever. */
export async function unanswering(mounts: readonly Mount[]): Promise<Mount[]> {
  if (mounts.length === 0) return [];
  let defect: unknown = null;
  using reactor = new Reactor({
    onError(error) {
      defect ??= error;
    },
  });
  const asked = sizesInTime(reactor, mounts).finally(() => reactor.stop());
  await reactor.run();
  if (defect !== null) throw defect;
  const sizes = await asked;
  return mounts.filter((_, index) => sizes[index] === null);
}

/** A file system on a loop device, with what the file lies on that the device shows. */
export interface OnFile {
  readonly system: FileSystem;
  readonly file: string;
  readonly holder: Mount | null;
}

/** @throws SysError */
export function onFiles({ tree, mounts }: System): OnFile[] {
  const devices = new DeviceTree(tree.root);
  return fileSystemsOf(mounts).flatMap((system) =>
    filesBelow(devices, system).map((file) => ({ system, file, holder: mountOf(file, mounts) })),
  );
}

/** The served mount that the way to a mount point leads through, or null. */
export function servedAbove(mount: Mount, mounts: readonly Mount[]): Mount | null {
  const parent = mount.mountPoint.slice(0, mount.mountPoint.lastIndexOf("/")) || "/";
  const above = mountOf(parent, mounts);
  if (above === null || above === mount || mount.mountPoint === "/") return null;
  if (isServed(above)) return above;
  return above.mountPoint === "/" ? null : servedAbove(above, mounts);
}

export function isSame(left: Mount, right: Mount): boolean {
  return left.mountPoint === right.mountPoint && deviceText(left) === deviceText(right);
}

export function named({ mountPoint, type, source }: Mount): string {
  return `${mountPoint} (${type}, ${source})`;
}
