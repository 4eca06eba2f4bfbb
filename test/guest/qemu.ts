import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Subprocess } from "bun";

/** The emulator the kit boots guests with. */
export const qemuProgram = "qemu-system-x86_64";

/** The file of the folder that has what QEMU wrote to its standard output and error. */
export const qemuLogFile = "qemu.log";

/** Of util-linux: sets the signal a process gets when its parent dies. */
export const setprivProgram = "setpriv";

/**
 * One QEMU process with a folder of its own for sockets, logs and images. It ends, and the folder goes, with
 * {@link end}, with the process that started it, and with a signal that ends that process. A SIGKILL to it ends QEMU
 * as well, but leaves the folder.
 */
export class Qemu {
  static readonly #live = new Set<Qemu>();
  /** The folder; removed at the end. */
  readonly folder: string;
  #process: Subprocess | null = null;

  constructor() {
    this.folder = mkdtempSync(join(tmpdir(), "guestwire-guest-"));
    if (Qemu.#live.size === 0) watchProcessEnd();
    Qemu.#live.add(this);
  }

  /** A path in the folder. */
  file(name: string): string {
    return join(this.folder, name);
  }

  /** Starts QEMU. The returned promise never settles well: it rejects when QEMU ends, with what it said. */
  start(args: readonly string[], program = qemuProgram): Promise<never> {
    const log = this.file(qemuLogFile);
    const argv = [...dyingWith(process.pid), program, ...args];
    this.#process = Bun.spawn(argv, {
      stdin: "ignore",
      stdout: Bun.file(log),
      stderr: Bun.file(log),
      cwd: this.folder,
    });
    return this.#process.exited.then((status) => {
      throw new Error(`QEMU ended with status ${status}: ${this.text(qemuLogFile).trim()}`);
    });
  }

  /** The process id of QEMU; null before the start. */
  get pid(): number | null {
    return this.#process?.pid ?? null;
  }

  /** Returns a file of the folder as text; empty when it is not there (yet). */
  text(name: string): string {
    try {
      return readFileSync(this.file(name), "utf8");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
      throw error;
    }
  }

  /** Settles when the process is gone. Further calls do nothing. */
  async end(): Promise<void> {
    this.endNow();
    await this.#process?.exited;
  }

  /** Kills QEMU and removes the folder without waiting. */
  endNow(): void {
    this.#process?.kill("SIGKILL");
    rmSync(this.folder, { recursive: true, force: true });
    Qemu.#live.delete(this);
  }

  static endAll(): void {
    for (const qemu of Qemu.#live) qemu.endNow();
  }
}

/** The beginning of a command line that runs the rest of it until the process `parent` dies, however that dies. */
function dyingWith(parent: number): string[] {
  // The kernel tells of a death that is yet to come. Whether the parent is already dead must be asked after that.
  return [
    setprivProgram,
    "--pdeathsig",
    "KILL",
    "sh",
    "-c",
    '[ "$PPID" = "$0" ] && exec "$@"',
    `${parent}`,
  ];
}

let watched = false;

function watchProcessEnd(): void {
  if (watched) return;
  watched = true;
  process.on("exit", () => Qemu.endAll());
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.once(signal, () => {
      Qemu.endAll();
      // With this listener gone the signal does what it would have done without it.
      process.kill(process.pid, signal);
    });
  }
}
