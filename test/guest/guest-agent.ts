import { basename } from "node:path";
import { AgentConnection } from "./agent-connection.ts";
import { GuestProcess } from "./guest-process.ts";
import { type GuestShell, shellWord } from "./guest-shell.ts";
import type { Qmp } from "./qmp.ts";
import { DeadlineError } from "./unix-stream.ts";

/** An agent to be put into a guest. */
export interface AgentSpec {
  /** What tests call it; letters, digits and "_" only. */
  readonly name: string;
  /** The executable of this machine. */
  readonly from: string;
  /** Where it goes in the guest; by default its own name in /usr/bin. */
  readonly path?: string;
  readonly args?: readonly string[];
  /** The folder of the guest that is its "/". Whatever it needs there has to be there when it is started. */
  readonly root?: string;
  /** Beside PATH, which is all that a service manager would give. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Name of its virtio-serial port; the default is the one of qemu-ga. */
  readonly port?: string;
  /** False: the port is not there at boot, {@link GuestAgent.plugPort} brings it. */
  readonly plugged?: boolean;
  /** False: {@link GuestAgent.start} starts it. */
  readonly started?: boolean;
}

export const defaultAgentPort = "org.qemu.guest_agent.0";

const shellDeadlineMs = 30_000;
const qmpDeadlineMs = 10_000;
const startDeadlineMs = 60_000;
const exitDeadlineMs = 30_000;
const portStateDeadlineMs = 20_000;

/** The controller all agents' ports hang on. */
export const agentBus = "agents.0";

/** The path an agent gets in the guest. */
export function agentPath(spec: AgentSpec): string {
  return spec.path ?? `/usr/bin/${basename(spec.from)}`;
}

/** One agent in a guest, with its port: how to start it, to reach it, and to look at it from outside. */
export class GuestAgent {
  readonly #spec: AgentSpec;
  readonly #shell: GuestShell;
  readonly #qmp: Qmp;
  readonly #socket: string;
  #process: GuestProcess | null = null;

  /** `socket` is the path QEMU listens at for the host's end of the port. */
  constructor(spec: AgentSpec, shell: GuestShell, qmp: Qmp, socket: string) {
    this.#spec = spec;
    this.#shell = shell;
    this.#qmp = qmp;
    this.#socket = socket;
  }

  get port(): string {
    return this.#spec.port ?? defaultAgentPort;
  }

  /** Path of the executable in the guest. */
  get path(): string {
    return agentPath(this.#spec);
  }

  /** The process as it was last started. @throws when it never was */
  get process(): GuestProcess {
    if (this.#process === null) throw new Error(`Agent "${this.#spec.name}" was not started`);
    return this.#process;
  }

  /** Starts the agent and returns at once; see {@link opened}. Its output goes to {@link log}. */
  async start(args = this.#spec.args ?? []): Promise<GuestProcess> {
    const environment = Object.entries({
      PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
      ...this.#spec.environment,
    }).map(([name, value]) => `${name}=${value}`);
    const chroot = this.#spec.root === undefined ? [] : ["chroot", this.#spec.root];
    const argv = ["env", "-i", ...environment, ...chroot, this.path, ...args];
    const pid = await this.#shell.start(
      this.#spec.name,
      `exec ${argv.map(shellWord).join(" ")}`,
      shellDeadlineMs,
    );
    this.#process = new GuestProcess(this.#shell, pid);
    return this.#process;
  }

  /** Settles when a process in the guest has the port open. */
  opened(deadlineMs = startDeadlineMs): Promise<void> {
    return this.#portIs(true, deadlineMs);
  }

  /** Settles when no process in the guest has the port open. */
  closed(deadlineMs = exitDeadlineMs): Promise<void> {
    return this.#portIs(false, deadlineMs);
  }

  /** The host's end of its port, for a client of its own. */
  get socket(): string {
    return this.#socket;
  }

  /** Connects to the host's end of the port. QEMU serves one client at a time, others wait for it to leave. */
  connect(): Promise<AgentConnection> {
    return AgentConnection.connect(this.#socket);
  }

  /**
   * Settles when the guest's kernel knows that the host's end of the port is open, or closed. Only then does closing
   * and connecting again reach the agent as two events: it never learns of a disconnect that is over too soon.
   */
  hostSeen(connected: boolean, deadlineMs = portStateDeadlineMs): Promise<void> {
    return this.#portStateIs(`host_connected: ${connected ? 1 : 0}`, deadlineMs);
  }

  /** Settles when the port takes no more from the agent, since the host does not read. */
  portFull(deadlineMs = portStateDeadlineMs): Promise<void> {
    return this.#portStateIs("outvq_full: 1", deadlineMs);
  }

  /** Waits for the end of the process and returns its exit status; 128 + n when signal n ended it. */
  exitStatus(deadlineMs = exitDeadlineMs): Promise<number> {
    return this.#shell.exitStatus(this.#spec.name, deadlineMs);
  }

  /** What the agent wrote to its standard output and error, over all its starts. */
  async log(): Promise<string> {
    const path = `/run/kit/${this.#spec.name}.log`;
    return (await this.#shell.run(`cat ${path}`, shellDeadlineMs)).stdout;
  }

  /** Ends the process, if it runs, the way a service manager does. */
  async stop(): Promise<void> {
    if (this.#process === null) return;
    // A process that has ended cannot be signalled, which is as good.
    await this.#shell.run(`kill -TERM ${this.#process.pid}`, shellDeadlineMs);
    await this.exitStatus();
  }

  /** Brings the port into the running guest, unless it is there; settles when the guest has it under its name. */
  async plugPort(): Promise<void> {
    if (!(await this.#isPlugged())) {
      const device = {
        driver: "virtserialport",
        bus: agentBus,
        id: portId(this.#spec),
        chardev: chardevId(this.#spec),
        name: this.port,
      };
      await this.#qmp.execute("device_add", device, qmpDeadlineMs);
    }
    await this.#settles(`[ -e /dev/virtio-ports/${this.port} ]`, portStateDeadlineMs);
  }

  /** Takes the port from the running guest, if it is there; settles when QEMU and the guest are rid of it. */
  async unplugPort(): Promise<void> {
    if (!(await this.#isPlugged())) return;
    const id = portId(this.#spec);
    const mark = this.#qmp.events.length;
    await this.#qmp.execute("device_del", { id }, qmpDeadlineMs);
    await this.#qmp.event(
      `Port "${this.port}" was unplugged`,
      ({ event, data }) => event === "DEVICE_DELETED" && data.device === id,
      qmpDeadlineMs,
      mark,
    );
    await this.#settles(`[ ! -L /dev/virtio-ports/${this.port} ]`, portStateDeadlineMs);
  }

  async #isPlugged(): Promise<boolean> {
    const devices = await this.#qmp.execute(
      "qom-list",
      { path: "/machine/peripheral" },
      qmpDeadlineMs,
    );
    return (devices as { readonly name: string }[]).some(({ name }) => name === portId(this.#spec));
  }

  /** The port's debug file (drivers/char/virtio_console.c) has the line. */
  #portStateIs(line: string, deadlineMs: number): Promise<void> {
    const port = `$(basename "$(readlink -f /dev/virtio-ports/${this.port})")`;
    return this.#settles(
      `grep -q '^${line}$' "/sys/kernel/debug/virtio-ports/${port}"`,
      deadlineMs,
    );
  }

  /** Asks the guest until the condition holds, for things whose change nobody is told of. */
  async #settles(condition: string, deadlineMs: number): Promise<void> {
    const pollMs = 10;
    const script = `
      left=${Math.ceil(deadlineMs / pollMs)}
      until ${condition}; do
        [ "$left" -gt 0 ] || exit 1
        left=$((left - 1))
        usleep ${pollMs * 1000}
      done`;
    // The guest counts only its pauses, not what it needs in between: it may take several times the deadline.
    const { status } = await this.#shell.run(script, deadlineMs * 10);
    if (status !== 0)
      throw new DeadlineError(`In the guest, after ${deadlineMs} ms: not ${condition}`);
  }

  async #portIs(open: boolean, deadlineMs: number): Promise<void> {
    const mark = this.#qmp.events.length;
    const chardevs = (await this.#qmp.execute("query-chardev", {}, qmpDeadlineMs)) as {
      readonly label: string;
      readonly "frontend-open": boolean;
    }[];
    const label = chardevId(this.#spec);
    if (chardevs.find((chardev) => chardev.label === label)?.["frontend-open"] === open) return;
    await this.#qmp.event(
      `Port "${this.port}" ${open ? "opened" : "closed"} in the guest`,
      ({ event, data }) =>
        event === "VSERPORT_CHANGE" && data.id === portId(this.#spec) && data.open === open,
      deadlineMs,
      mark,
    );
  }
}

/** The id of an agent's port among QEMU's devices, as QMP events have it. */
export function portId(spec: AgentSpec): string {
  return `port-${spec.name}`;
}

/** The id of the character device behind an agent's port. */
export function chardevId(spec: AgentSpec): string {
  return `chardev-${spec.name}`;
}
