import { type ClockDiscipline, clockDiscipline, realtimeNs } from "../../native/clock.ts";
import { SysError } from "../../native/errno.ts";
import { Fd } from "../../native/fd.ts";
import { type FileStatus, fileStatus } from "../../native/file-status.ts";
import { OpenFlag } from "../../native/structs.ts";
import { type Config, ConfigError, withChannel } from "../agent/config.ts";
import { loadConfig } from "../agent/config-file.ts";
import { readOptions } from "../agent/options.ts";
import { type LinkedExecutable, readLinkedExecutable } from "../linux/elf-links.ts";
import { FileTree } from "../linux/file-tree.ts";
import { type Mount, mountTable } from "../linux/mounts.ts";
import { lastName } from "../linux/paths.ts";
import {
  deletedSuffix,
  environmentOf,
  type RunningProcess,
  runningProcesses,
} from "../linux/processes.ts";
import {
  type Service,
  type ServiceManager,
  serviceManager,
  servicesNamed,
} from "../linux/services.ts";

/** What is asked of the kernel itself and not of its files. */
export interface Clock {
  discipline(): ClockDiscipline;
  nowNs(): bigint;
}

export const kernelClock: Clock = { discipline: clockDiscipline, nowNs: realtimeNs };

export interface SystemOptions {
  /** Empty for this machine's own. */
  readonly root: string;
  /** Whether what is in its /proc and /run is its own: not in an image, where the builder may have mounted his there. */
  readonly isRunning: boolean;
  /** An executable to look at instead of the one that is found. */
  readonly binary?: string | undefined;
  readonly clock?: Clock;
  /** Whether file systems may be asked something, each by a process of its own. */
  readonly asksFileSystems?: boolean;
}

/** A process that serves a host. */
export interface RunningAgent extends RunningProcess {
  readonly kind: "guestwire" | "qemu-ga";
}

/** What a configuration came to, or why there is none. */
export type LoadedSettings =
  | { readonly config: Config; readonly warnings: readonly string[] }
  | { readonly error: string };

/** Where agents are installed, ours before the other's. */
const agentPaths = [
  "/usr/bin/guestwire",
  "/usr/sbin/guestwire",
  "/usr/local/bin/guestwire",
  "/usr/local/sbin/guestwire",
  "/opt/guestwire/guestwire",
  "/usr/bin/qemu-ga",
  "/usr/sbin/qemu-ga",
];

/** The names of services by which agents are started, without suffixes. */
const serviceNames = ["guestwire", "qemu-guest-agent", "qemu-ga"];

const configPath = "/etc/qemu/qemu-ga.conf";

/** The system under examination; everything is read once, when it is first asked for. */
export class System {
  readonly tree: FileTree;
  readonly isRunning: boolean;
  readonly clock: Clock;
  readonly asksFileSystems: boolean;
  readonly #binary: string | undefined;
  readonly #executables = new Map<string, LinkedExecutable | null>();
  #processes: readonly RunningProcess[] | null = null;
  #mounts: readonly Mount[] | null = null;

  constructor(options: SystemOptions) {
    this.tree = new FileTree(options.root);
    this.isRunning = options.isRunning;
    this.clock = options.clock ?? kernelClock;
    this.asksFileSystems = options.asksFileSystems ?? false;
    this.#binary = options.binary;
  }

  /** All but this one; none in an image. @throws SysError */
  get processes(): readonly RunningProcess[] {
    if (!this.isRunning) return [];
    this.#processes ??= runningProcesses(this.tree).filter(({ pid }) => pid !== process.pid);
    return this.#processes;
  }

  /** @throws SysError */
  get agents(): RunningAgent[] {
    return this.processes.filter(isAgent).map((each) => ({
      ...each,
      kind: this.isOurs(`/proc/${each.pid}/exe`, each.executable ?? each.argv[0] ?? "")
        ? "guestwire"
        : "qemu-ga",
    }));
  }

  /** Our own, the first if there are several. @throws SysError */
  get agent(): RunningAgent | null {
    return this.agents.find(({ kind }) => kind === "guestwire") ?? null;
  }

  /** @throws SysError */
  get mounts(): readonly Mount[] {
    this.#mounts ??= mountTable(this.tree.root);
    return this.#mounts;
  }

  get manager(): ServiceManager {
    return serviceManager(this.tree, this.isRunning);
  }

  /** What starts an agent, ours or another. @throws SysError */
  get services(): (Service & { readonly kind: RunningAgent["kind"] })[] {
    return servicesNamed(this.tree, this.manager, serviceNames).map((service) => ({
      ...service,
      kind: this.isOurs(service.program ?? "", service.program ?? service.name)
        ? "guestwire"
        : "qemu-ga",
    }));
  }

  /**
   * The executable to look at, as a path that can be opened on this machine and how it is called: the named one, the
   * one that runs, the one that is installed, or of a running system this one. Null where there is none.
   * @throws SysError
   */
  get binary(): { readonly path: string; readonly name: string } | null {
    if (this.#binary !== undefined) return { path: this.#binary, name: this.#binary };
    const { agent } = this;
    if (agent !== null) {
      const path = this.tree.real(`/proc/${agent.pid}/exe`);
      return { path, name: agent.executable ?? path };
    }
    const name = agentPaths.find((each) => this.tree.exists(each) && this.isOurs(each, each));
    if (name !== undefined) return { path: this.tree.real(name), name };
    if (!this.isRunning || this.tree.root !== "") return null;
    return { path: "/proc/self/exe", name: process.execPath };
  }

  /** @throws SysError */
  statusOf({ path }: { readonly path: string }): FileStatus {
    return fileStatus(path);
  }

  /** What `binary` is. @throws SysError */
  executableOf({ path }: { readonly path: string }): LinkedExecutable | null {
    return executableIn(path);
  }

  /** By its path in the system; null for what is no ELF file, or not there. @throws SysError */
  executableAt(path: string): LinkedExecutable | null {
    const known = this.#executables.get(path);
    if (known !== undefined) return known;
    const found = this.tree.exists(path) ? executableIn(this.tree.real(path)) : null;
    this.#executables.set(path, found);
    return found;
  }

  /** Told by its name, or by what Bun's compiler puts into what it makes: it may be called qemu-ga. */
  isOurs(path: string, name: string): boolean {
    if (hasOurName(name)) return true;
    try {
      return this.executableAt(path)?.sections.has(".bun") === true;
    } catch (error) {
      // Hidden from this user.
      if (error instanceof SysError) return false;
      throw error;
    }
  }

  /** As the running agent was told, or where none runs as the configuration file says. @throws SysError */
  get settings(): LoadedSettings {
    const { agent } = this;
    const invocation = readOptions(agent?.argv ?? ["guestwire"], {});
    const told = invocation.kind === "run" ? invocation : { configFile: null, settings: {} };
    const file = told.configFile === null ? null : this.tree.real(told.configFile);
    try {
      const named = agent === null ? null : environmentOf(this.tree, agent.pid, "QGA_CONF");
      const environment = { QGA_CONF: this.tree.real(named ?? configPath) };
      const { config, warnings } = loadConfig(file, told.settings, environment);
      const activated = agent !== null && this.#isActivated(agent) ? "unix-listen" : null;
      return { config: withChannel(config, activated), warnings };
    } catch (error) {
      if (error instanceof ConfigError) return { error: error.message };
      throw error;
    }
  }

  /** Whether a service manager has passed a socket on to it (sd_listen_fds(3)). */
  #isActivated({ pid }: RunningAgent): boolean {
    return environmentOf(this.tree, pid, "LISTEN_PID") === String(pid);
  }
}

/** Not the client's subcommands and the agent's errands, whose first argument is a word. */
function isAgent({ argv, executable }: RunningProcess): boolean {
  const [calledAs = "", first = "-"] = argv;
  const file = lastName((executable ?? calledAs).replace(deletedSuffix, ""));
  if (lastName(calledAs) === "qemu-ga" || file === "qemu-ga") return true;
  return hasOurName(file) && first.startsWith("-");
}

function hasOurName(name: string): boolean {
  return lastName(name).startsWith("guestwire");
}

function executableIn(path: string): LinkedExecutable | null {
  using file = Fd.open(path, OpenFlag.O_RDONLY | OpenFlag.O_NONBLOCK | OpenFlag.O_NOCTTY);
  return file.stat().type === "file" ? readLinkedExecutable(file) : null;
}
