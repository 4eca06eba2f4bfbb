import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FileSink, Subprocess } from "bun";
import { setprivProgram } from "./qemu.ts";
import { findSystemProgram, runTool, systemProgram, type ToolResult } from "./tool.ts";

const daemonProgram = "libvirtd";
const clientProgram = "virsh";

/** Names what this machine lacks to run a libvirtd of one's own; empty when nothing does. */
export function missingForLibvirt(): string[] {
  const programs = [daemonProgram, clientProgram, "unshare", "nsenter", setprivProgram];
  const missing = programs.filter((name) => findSystemProgram(name) === null);
  // A namespace of processes of its own, and files that belong to somebody else.
  if (process.getuid?.() !== 0) missing.push("the rights of root");
  return missing;
}

/** Who libvirtd is: "nobody", whose libvirtd serves one user alone and touches nothing of the system's. */
const uid = 65534;
const answerDeadlineMs = 30_000;
const pollMs = 100;

/**
 * A libvirtd of its own, of an ordinary user (`qemu:///session`), with all its files in one folder. It and the machines
 * it starts live in a namespace of processes that ends with {@link Symbol.asyncDispose}, and with the process that made
 * it, however that dies: the namespace's first process reads a pipe from it to the end, and then removes the folder.
 */
export class Libvirt implements AsyncDisposable {
  /** The folder; removed at the end. Short, since the names of sockets below it are long. */
  readonly folder = mkdtempSync(join(tmpdir(), "gw-libvirt-"));
  readonly #space: Subprocess<"pipe", "pipe", "inherit">;
  #daemon: Subprocess | null = null;

  private constructor() {
    for (const name of ["run", "cfg", "cfg/libvirt", "cache"]) mkdirSync(this.file(name));
    // Else machines' consoles would be written by virtlogd, which is one more daemon.
    writeFileSync(
      this.file("cfg/libvirt/qemu.conf"),
      'stdio_handler = "file"\nsecurity_driver = "none"\n',
    );
    for (const name of ["", "run", "cfg", "cfg/libvirt", "cache"]) this.give(name);
    chmodSync(this.folder, 0o755);
    // A shell and not `cat` alone, because the first process has to take in what others leave behind.
    const first = ["sh", "-c", 'echo ready; cat >/dev/null; rm -rf "$0"', this.folder];
    this.#space = Bun.spawn(
      [systemProgram("unshare"), "--pid", "--mount-proc", "--fork", "--", ...first],
      { stdin: "pipe", stdout: "pipe", stderr: "inherit" },
    );
  }

  static async start(): Promise<Libvirt> {
    const libvirt = new Libvirt();
    try {
      // Before its word the namespace is still ours.
      await libvirt.#space.stdout.getReader().read();
      await libvirt.startDaemon();
      return libvirt;
    } catch (error) {
      await libvirt[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** A path in the folder. */
  file(name: string): string {
    return join(this.folder, name);
  }

  /** Makes a file of the folder the user's. */
  give(name: string): void {
    chownSync(this.file(name), uid, uid);
  }

  /** Runs virsh to its end. */
  virsh(...args: readonly string[]): Promise<ToolResult> {
    return runTool(this.#asUser([clientProgram, ...args]), this.folder);
  }

  /** The same, but a status other than 0 is an error. */
  async mustVirsh(...args: readonly string[]): Promise<string> {
    return wellEnded(args.join(" "), await this.virsh(...args));
  }

  /** Runs a command line as somebody would type it in the folder. */
  tried(line: string): Promise<ToolResult> {
    return runTool(this.#asUser(["sh", "-c", line]), this.folder);
  }

  /** The same, but a status other than 0 is an error. */
  async typed(line: string): Promise<string> {
    return wellEnded(line, await this.tried(line));
  }

  /** Starts virsh and does not wait for its end. */
  startVirsh(args: readonly string[], output: string): Subprocess {
    // Line by line, also into a file.
    return Bun.spawn(this.#asUser(["stdbuf", "--output=L", clientProgram, ...args]), {
      stdin: "ignore",
      stdout: Bun.file(this.file(output)),
      stderr: Bun.file(this.file(`${output}.err`)),
      cwd: this.folder,
    });
  }

  /** Settles when it answers. @throws what it said, when it ends */
  async startDaemon(): Promise<void> {
    const space = `/proc/${this.#space.pid}/ns`;
    const enter = [
      systemProgram("nsenter"),
      `--pid=${space}/pid_for_children`,
      `--mount=${space}/mnt`,
    ];
    const log = Bun.file(this.file("libvirtd.log"));
    this.#daemon = Bun.spawn([...enter, ...this.#asUser([systemProgram(daemonProgram)])], {
      stdin: "ignore",
      stdout: log,
      stderr: log,
      cwd: this.folder,
    });
    const deadline = performance.now() + answerDeadlineMs;
    while ((await this.virsh("uri")).status !== 0) {
      if (this.#daemon.exitCode !== null || performance.now() > deadline) {
        throw new Error(`libvirtd does not answer: ${await log.text()}`);
      }
      await Bun.sleep(pollMs);
    }
  }

  /** Ends the daemon; machines run on. */
  async endDaemon(signal: "TERM" | "KILL"): Promise<void> {
    const space = `/proc/${this.#space.pid}/ns`;
    const pid = (await Bun.file(this.file("run/libvirt/libvirtd.pid")).text()).trim();
    const kill = [
      ...[systemProgram("nsenter"), `--pid=${space}/pid_for_children`],
      ...["sh", "-c", `kill -${signal} ${pid}`],
    ];
    wellEnded(kill.join(" "), await runTool(kill));
    await this.#daemon?.exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const pipe: FileSink = this.#space.stdin;
    await pipe.end();
    await this.#space.exited;
    await this.#daemon?.exited;
    rmSync(this.folder, { recursive: true, force: true });
  }

  #asUser(argv: readonly string[]): string[] {
    return [
      ...[systemProgram(setprivProgram), `--reuid=${uid}`, `--regid=${uid}`, "--clear-groups"],
      ...["env", `HOME=${this.folder}`, `XDG_RUNTIME_DIR=${this.file("run")}`],
      ...[`XDG_CONFIG_HOME=${this.file("cfg")}`, `XDG_CACHE_HOME=${this.file("cache")}`],
      // Nobody but us starts the daemon.
      ...["LIBVIRT_DEFAULT_URI=qemu:///session", "LIBVIRT_AUTOSTART=0"],
      ...argv,
    ];
  }
}

function wellEnded(what: string, { status, stdout, stderr }: ToolResult): string {
  if (status === 0) return stdout;
  throw new Error(`${what}: status ${status}, ${stderr.trim()}`);
}
