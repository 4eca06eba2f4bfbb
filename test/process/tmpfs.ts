import { mkdirSync } from "node:fs";
import { Scratch } from "./scratch.ts";

function run(...command: string[]): boolean {
  return Bun.which(command[0] as string) !== null && Bun.spawnSync(command).exitCode === 0;
}

/** A file system of a few kilobytes, mounted for one test. */
export class SmallDisk implements Disposable {
  readonly path: string;

  /** @throws Error where mounting is not permitted */
  constructor(path: string, kibibytes: number) {
    this.path = path;
    mkdirSync(path, { recursive: true });
    if (!run("mount", "-t", "tmpfs", "-o", `size=${kibibytes}k`, "tmpfs", path)) {
      throw new Error(`Cannot mount a tmpfs on ${path}`);
    }
  }

  /** Changes how it is mounted, such as `ro` or `size=64k`. */
  remount(options: string): void {
    if (!run("mount", "-o", `remount,${options}`, this.path)) {
      throw new Error(`Cannot remount ${this.path} with ${options}`);
    }
  }

  [Symbol.dispose](): void {
    // Lazily, for a process that is just ending may still have it open.
    run("umount", "-l", this.path);
  }
}

function canMount(): boolean {
  using scratch = new Scratch();
  try {
    new SmallDisk(scratch.path, 4)[Symbol.dispose]();
    return true;
  } catch {
    return false;
  }
}

export const noSmallDisk = !canMount();
/** The end of a test's title: says what is missing. */
export const needsSmallDisk = noSmallDisk ? " (needs the right to mount a tmpfs)" : "";
