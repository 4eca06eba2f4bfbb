import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { Scratch } from "../process/scratch.ts";

/** A FUSE file system that never answers, for one test. */
export class DeadMount implements AsyncDisposable {
  readonly folder: string;
  readonly #server: ChildProcess;

  private constructor(folder: string) {
    this.folder = folder;
    mkdirSync(folder);
    const script = join(import.meta.dirname, "dead-file-system.ts");
    this.#server = spawn(process.execPath, [script, folder], {
      stdio: ["pipe", "pipe", "ignore"],
    });
  }

  /** Makes the folder. @throws Error where this machine does not let us mount */
  static async on(folder: string): Promise<DeadMount> {
    const mount = new DeadMount(folder);
    const mounted = await new Promise<boolean>((resolve) => {
      mount.#server.stdout?.once("data", () => resolve(true));
      mount.#server.once("exit", () => resolve(false));
    });
    if (mounted) return mount;
    throw new Error("Cannot mount a FUSE file system");
  }

  /** Whoever waits for it is told that it has gone (ENOTCONN). */
  async [Symbol.asyncDispose](): Promise<void> {
    const ended = new Promise((resolve) => this.#server.once("exit", resolve));
    this.#server.kill("SIGKILL");
    await ended;
    spawnSync("umount", ["-l", this.folder]);
  }
}

/** The end of a test's title where such a mount cannot be made: says what is missing. */
export async function lackOfDeadMount(): Promise<string> {
  using scratch = new Scratch();
  try {
    await using _ = await DeadMount.on(scratch.file("mount"));
    return "";
  } catch {
    return " (needs /dev/fuse and the right to mount)";
  }
}
