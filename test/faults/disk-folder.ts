import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { SmallDisk } from "../process/tmpfs.ts";

/** What can be wrong with a folder. */
export type Wrong = "missing" | "full" | "read-only";

const diskKibibytes = 1024;
const pageBytes = 4096;

/** A folder that an agent uses, on a disk of its own where that is needed to break it. */
export class DiskFolder implements Disposable {
  readonly path: string;
  readonly #disk: SmallDisk | null;

  /** @param wrong what will be wrong with it at some time */
  constructor(path: string, wrong: Wrong) {
    this.path = path;
    this.#disk = wrong === "missing" ? null : new SmallDisk(path, diskKibibytes);
    if (wrong === "missing") mkdirSync(path);
  }

  break(wrong: Wrong): void {
    if (wrong === "missing") renameSync(this.path, this.#away);
    else if (wrong === "read-only") this.#disk?.remount("ro");
    else fill(this.#ballast);
  }

  mend(): void {
    if (existsSync(this.#away)) renameSync(this.#away, this.path);
    this.#disk?.remount("rw");
    rmSync(this.#ballast, { force: true });
  }

  [Symbol.dispose](): void {
    this.#disk?.[Symbol.dispose]();
  }

  get #away(): string {
    return `${this.path}-away`;
  }

  get #ballast(): string {
    return `${this.path}/ballast`;
  }
}

/** Writes until the disk is full. */
function fill(path: string): void {
  const page = Buffer.alloc(pageBytes);
  try {
    for (;;) writeFileSync(path, page, { flag: "a" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
  }
}
