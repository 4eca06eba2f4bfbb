import { existsSync } from "node:fs";
import { join } from "node:path";

export interface Agent {
  readonly name: string;
  readonly path: string;
}

const project = join(import.meta.dirname, "..");

/** Ours, and the reference where it is installed. */
export function agents(): Agent[] {
  const ours = { name: "guestwire", path: join(project, "dist/guestwire") };
  const reference = ["/usr/sbin/qemu-ga", "/usr/bin/qemu-ga"].find((path) => existsSync(path));
  return reference === undefined ? [ours] : [ours, { name: "qemu-ga", path: reference }];
}
