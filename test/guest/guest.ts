import type { AgentConnection } from "./agent-connection.ts";
import {
  type AgentSpec,
  agentBus,
  agentPath,
  chardevId,
  defaultAgentPort,
  GuestAgent,
  portId,
} from "./guest-agent.ts";
import { type GuestDisk, makeGuestDisks } from "./guest-disk.ts";
import { type GuestMachine, pc } from "./guest-machine.ts";
import { GuestShell, type ShellResult } from "./guest-shell.ts";
import { type GuestFile, type GuestImage, shellPort, writeGuestImage } from "./image.ts";
import type { KernelFlavour } from "./kernel.ts";
import { Qemu, qemuLogFile } from "./qemu.ts";
import { Qmp, type QmpEvent } from "./qmp.ts";

export interface GuestOptions {
  /** By default the PC. */
  readonly machine?: GuestMachine;
  /** The executable that becomes the guest's agent, as /usr/bin/NAME, on qemu-ga's port. */
  readonly agent: string;
  readonly agentArgs?: readonly string[];
  /** Any other traits of that agent. */
  readonly agentTraits?: Omit<AgentSpec, "name" | "from" | "args">;
  /** Agents beside it, each with a name and a port of its own. */
  readonly moreAgents?: readonly AgentSpec[];
  readonly memoryMiB?: number;
  readonly processors?: number;
  /** A processor model of QEMU; the default is the machine's. */
  readonly cpu?: string;
  /** The default is the machine's. */
  readonly kernelFlavour?: KernelFlavour;
  /** More kernel modules to load at boot. */
  readonly modules?: readonly string[];
  /** More files in the image; they win over those of the kit. */
  readonly files?: readonly GuestFile[];
  /** More executables of this machine in the image, with their shared objects. */
  readonly executables?: readonly { readonly from: string; readonly path: string }[];
  /** More arguments for QEMU: controllers, network cards and so on. Relative paths are in the guest's folder. */
  readonly extraDevices?: readonly string[];
  /** Disks; their devices come behind `extraDevices`, on whose buses they may be. */
  readonly disks?: readonly GuestDisk[];
  /** More words for the kernel's command line. */
  readonly kernelWords?: readonly string[];
  /** The block device, such as `vda`, from which the guest wakes up with all that ran when it was hibernated to it. */
  readonly hibernatedOn?: string;
}

const defaultMemoryMiB = 512;
const qemuDeadlineMs = 20_000;
const bootDeadlineMs = 180_000;
const shellDeadlineMs = 30_000;

/**
 * A Linux guest under software emulation, with an agent on a virtio-serial port. A boot takes some seconds: share one
 * guest among the tests of a file. Tests need no sleeps: what happens in QEMU comes as an event, what happens in the
 * guest can be asked of its shell.
 */
export class Guest implements AsyncDisposable {
  readonly #qemu: Qemu;
  readonly #qmp: Qmp;
  readonly #shell: GuestShell;
  readonly #agents: ReadonlyMap<string, GuestAgent>;
  /** From the start of QEMU to the first agent that had its port open, or to the shell without one; milliseconds. */
  readonly bootMs: number;

  private constructor(
    qemu: Qemu,
    qmp: Qmp,
    shell: GuestShell,
    agents: ReadonlyMap<string, GuestAgent>,
    bootMs: number,
  ) {
    this.#qemu = qemu;
    this.#qmp = qmp;
    this.#shell = shell;
    this.#agents = agents;
    this.bootMs = bootMs;
  }

  /**
   * Boots a guest and waits until its agents have opened their ports.
   *
   * @throws when QEMU ends, or the guest does not get that far in time; the message has the end of its console and
   * what QEMU said
   */
  static async boot(options: GuestOptions): Promise<Guest> {
    const qemu = new Qemu();
    try {
      return await bootIn(qemu, options, (...parts) => new Guest(qemu, ...parts));
    } catch (error) {
      const logs = [qemuLogFile, consoleFile].map((file) => tail(qemu.text(file)));
      await qemu.end();
      throw new Error(`Cannot boot a guest: ${[String(error), ...logs].join("\n")}`, {
        cause: error,
      });
    }
  }

  /** The agent of the options' `agent`. */
  get agent(): GuestAgent {
    return this.agentNamed(mainAgent);
  }

  /** One of `moreAgents`. */
  agentNamed(name: string): GuestAgent {
    const agent = this.#agents.get(name);
    if (agent === undefined) throw new RangeError(`The guest has no agent "${name}"`);
    return agent;
  }

  /** Connects to {@link agent}. */
  connect(): Promise<AgentConnection> {
    return this.agent.connect();
  }

  /** Runs a script with busybox ash in the guest, as root in "/". */
  run(script: string, deadlineMs = shellDeadlineMs): Promise<ShellResult> {
    return this.#shell.run(script, deadlineMs);
  }

  /** Runs a script and returns its output. @throws when it ends with a status other than 0 */
  async text(script: string, deadlineMs = shellDeadlineMs): Promise<string> {
    const { status, stdout, stderr } = await this.run(script, deadlineMs);
    if (status !== 0) throw new Error(`In the guest: ${script}: status ${status}, ${stderr}`);
    return stdout;
  }

  /** Sends a command to QEMU's monitor. */
  qmp(command: string, args: Readonly<Record<string, unknown>> = {}): Promise<unknown> {
    return this.#qmp.execute(command, args, qemuDeadlineMs);
  }

  /** Every event QEMU sent so far. */
  get events(): readonly QmpEvent[] {
    return this.#qmp.events;
  }

  /** Returns the first matching event of those from number `from` on, be it past or to come. */
  event(what: string, matches: (event: QmpEvent) => boolean, deadlineMs: number, from = 0) {
    return this.#qmp.event(what, matches, deadlineMs, from);
  }

  /** What the guest wrote to its serial console so far. */
  console(): string {
    return this.#qemu.text(consoleFile);
  }

  /** The folder of this machine with the sockets and logs; gone when the guest has ended. */
  get folder(): string {
    return this.#qemu.folder;
  }

  /** Pulls the plug: ends QEMU and removes its folder. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#qmp.close();
    await this.#shell.close();
    await this.#qemu.end();
  }
}

const mainAgent = "agent";
const consoleFile = "console.log";
const shellSocket = "shell.sock";
const qmpSocket = "qmp.sock";

async function bootIn(
  qemu: Qemu,
  options: GuestOptions,
  build: (
    qmp: Qmp,
    shell: GuestShell,
    agents: ReadonlyMap<string, GuestAgent>,
    bootMs: number,
  ) => Guest,
): Promise<Guest> {
  const specs = agentSpecs(options);
  const machine = options.machine ?? pc();
  const image = await writeGuestImage(qemu.file("initramfs"), {
    machine,
    kernelFlavour: options.kernelFlavour ?? machine.kernelFlavour,
    modules: options.modules ?? [],
    executables: [
      ...specs.map((spec) => ({ from: spec.from, path: agentPath(spec) })),
      ...(options.executables ?? []),
    ],
    files: options.files ?? [],
    ports: specs.filter(isPlugged).map((spec) => spec.port ?? defaultAgentPort),
  });
  const disks = await makeGuestDisks(qemu.folder, options.disks ?? []);
  const started = performance.now();
  const connected = Promise.all([
    Qmp.accept(qemu.file(qmpSocket), qemuDeadlineMs),
    GuestShell.accept(qemu.file(shellSocket), qemuDeadlineMs),
  ]);
  const argv = [...qemuArguments(qemu, image, specs, machine, options), ...disks];
  const gone = qemu.start(argv, machine.emulator);
  // Once the guest is up its end is no surprise; who talks to it then finds its sockets closed.
  gone.catch(() => undefined);
  const [qmp, shell] = await Promise.race([connected, gone]);
  const agents = new Map(
    specs.map((spec) => [spec.name, new GuestAgent(spec, shell, qmp, qemu.file(socketOf(spec)))]),
  );
  await qmp.execute("cont", {}, qemuDeadlineMs);
  // What wakes up greets nobody and has its agents running.
  const isWoken = options.hibernatedOn !== undefined;
  if (!isWoken) await Promise.race([shell.ready(bootDeadlineMs), gone]);
  for (const spec of specs.filter((spec) => spec.started ?? true)) {
    const agent = agents.get(spec.name) as GuestAgent;
    if (!isWoken) await agent.start();
    if (isPlugged(spec)) await Promise.race([agent.opened(), gone]);
  }
  return build(qmp, shell, agents, performance.now() - started);
}

function agentSpecs(options: GuestOptions): AgentSpec[] {
  const main: AgentSpec = {
    name: mainAgent,
    from: options.agent,
    args: options.agentArgs ?? [],
    ...options.agentTraits,
  };
  return [main, ...(options.moreAgents ?? [])];
}

function isPlugged(spec: AgentSpec): boolean {
  return spec.plugged ?? true;
}

function socketOf(spec: AgentSpec): string {
  return `${spec.name}.sock`;
}

function qemuArguments(
  qemu: Qemu,
  image: GuestImage,
  specs: readonly AgentSpec[],
  machine: GuestMachine,
  options: GuestOptions,
): string[] {
  const agentDevices = specs.flatMap((spec) => {
    const chardev = `socket,id=${chardevId(spec)},path=${qemu.file(socketOf(spec))},server=on,wait=off`;
    const port = `virtserialport,bus=${agentBus},id=${portId(spec)},chardev=${chardevId(spec)},name=${spec.port ?? defaultAgentPort}`;
    return ["-chardev", chardev, ...(isPlugged(spec) ? ["-device", port] : [])];
  });
  const words = [`console=${machine.console}`, "quiet", "panic=-1", ...(options.kernelWords ?? [])];
  if (options.hibernatedOn !== undefined) words.push(`kit.resume=${options.hibernatedOn}`);
  return [
    ...["-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"],
    "-S", // The guest starts with the monitor's "cont", when every socket is connected.
    ...["-accel", "tcg", "-machine", machine.model, "-cpu", options.cpu ?? machine.cpu],
    ...[
      "-smp",
      String(options.processors ?? 1),
      "-m",
      String(options.memoryMiB ?? defaultMemoryMiB),
    ],
    ...["-kernel", image.kernel.image, "-initrd", image.initramfs, "-append", words.join(" ")],
    ...["-serial", `file:${qemu.file(consoleFile)}`],
    ...["-qmp", `unix:${qemu.file(qmpSocket)},server=off`],
    // The kit's shell has a controller of its own: nothing done to the agents' one can take it away.
    ...["-device", "virtio-serial-pci,id=kit"],
    ...["-chardev", `socket,id=shell,path=${qemu.file(shellSocket)},server=off`],
    ...["-device", `virtserialport,bus=kit.0,id=port-shell,chardev=shell,name=${shellPort}`],
    ...["-device", "virtio-serial-pci,id=agents"],
    ...agentDevices,
    ...(options.extraDevices ?? []),
  ];
}

function tail(console: string): string {
  const linesMax = 30;
  return console.split("\n").slice(-linesMax).join("\n");
}
