import { existsSync } from "node:fs";
import { join } from "node:path";

export interface Agent {
  readonly name: string;
  readonly path: string;
}

export const guestwirePath = join(import.meta.dirname, "../dist/guestwire");
export const ours: Agent = { name: "guestwire", path: guestwirePath };

/** qemu-ga where it is installed. */
export function reference(): Agent | null {
  const path = ["/usr/sbin/qemu-ga", "/usr/bin/qemu-ga"].find((candidate) => existsSync(candidate));
  return path === undefined ? null : { name: "qemu-ga", path };
}

/** Ours, and the reference where it is installed. */
export function agents(): Agent[] {
  const theirs = reference();
  return theirs === null ? [ours] : [ours, theirs];
}
