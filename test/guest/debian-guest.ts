import { open, readFile } from "node:fs/promises";
import { AgentConnection } from "./agent-connection.ts";
import { type CpioEntry, cpioArchive } from "./cpio.ts";
import { findKernel, type Kernel, modulesInLoadOrder } from "./kernel.ts";
import { Qemu, qemuLogFile } from "./qemu.ts";
import { Qmp, type QmpEvent } from "./qmp.ts";

export interface DebianGuestOptions {
  /** The ext4 image that is its root, see makeDebianDisk; it is written to. */
  readonly disk: string;
  /** A processor model of QEMU; the default is the oldest the agent runs on. */
  readonly cpu?: string;
  readonly memoryMiB?: number;
  /** Kernel modules beside those for the disk and the port; what they depend on is added. */
  readonly modules?: readonly string[];
  /** More arguments for QEMU. */
  readonly extraDevices?: readonly string[];
  /** More words for the kernel's command line. */
  readonly kernelWords?: readonly string[];
  /** False: the guest has no port for an agent until {@link DebianGuest.plugPort}. */
  readonly hasPort?: boolean;
}

const defaultMemoryMiB = 512;
const qemuDeadlineMs = 20_000;
const bootDeadlineMs = 180_000;
/** For what a running guest does when it is told to. */
const guestDeadlineMs = 90_000;

/** Nobody is told when QEMU writes to a file. */
const consolePollMs = 50;

/** With too little entropy a boot waits for it. */
const rootModules = ["virtio_pci", "virtio_blk", "virtio_console", "virtio_rng"];
const qmpSocket = "qmp.sock";
const agentSocket = "agent.sock";
const consoleFile = "console.log";
const agentPort = "org.qemu.guest_agent.0";
const portId = "port-agent";

/**
 * A Debian with systemd under software emulation, booted from a disk of its own with the kernel of the kit. It has a
 * virtio-serial port for an agent, and nothing else to talk to it by: what happens in it comes through the agent, as an
 * event of QEMU, or on the console.
 */
export class DebianGuest implements AsyncDisposable {
  readonly #qemu: Qemu;
  readonly #qmp: Qmp;
  /** When QEMU was started, as performance.now() has it. */
  readonly startedAt: number;

  private constructor(qemu: Qemu, qmp: Qmp, startedAt: number) {
    this.#qemu = qemu;
    this.#qmp = qmp;
    this.startedAt = startedAt;
  }

  /** Starts the machine and returns at once; see {@link agentOpened}. */
  static async start(options: DebianGuestOptions): Promise<DebianGuest> {
    const qemu = new Qemu();
    try {
      const kernel = await findKernel("cloud-amd64");
      await writeInitramfs(qemu.file("initramfs"), kernel, options.modules ?? []);
      const startedAt = performance.now();
      const connected = Qmp.accept(qemu.file(qmpSocket), qemuDeadlineMs);
      const gone = qemu.start(qemuArguments(qemu, kernel, options));
      // Once it is up its end is no surprise.
      gone.catch(() => undefined);
      const qmp = await Promise.race([connected, gone]);
      return new DebianGuest(qemu, qmp, startedAt);
    } catch (error) {
      const log = qemu.text(qemuLogFile);
      await qemu.end();
      throw new Error(`Cannot start a guest: ${String(error)}\n${log}`, { cause: error });
    }
  }

  /** A mark for {@link agentOpened} and {@link agentClosed}: only what happens from now on counts. */
  mark(): number {
    return this.#qmp.events.length;
  }

  /** Settles when an agent opens the port, be it after the mark or, without one, ever. */
  agentOpened(from = 0, deadlineMs = bootDeadlineMs): Promise<QmpEvent> {
    return this.#portIs(true, from, deadlineMs);
  }

  /** The same for the agent's leaving. */
  agentClosed(from = 0, deadlineMs = guestDeadlineMs): Promise<QmpEvent> {
    return this.#portIs(false, from, deadlineMs);
  }

  /** Settles with the first event of that name. */
  event(name: string, from = 0, deadlineMs = guestDeadlineMs): Promise<QmpEvent> {
    return this.#told(this.#qmp.event(name, ({ event }) => event === name, deadlineMs, from));
  }

  /** The host's end of the port, for a client of its own. */
  get socket(): string {
    return this.#qemu.file(agentSocket);
  }

  /** Connects to the host's end of the port and gets in sync. */
  async connect(): Promise<AgentConnection> {
    const agent = await AgentConnection.connect(this.socket);
    await agent.sync();
    return agent;
  }

  /** Sends a command to QEMU's monitor. */
  qmp(command: string, args: Readonly<Record<string, unknown>> = {}): Promise<unknown> {
    return this.#qmp.execute(command, args, qemuDeadlineMs);
  }

  /** Takes the port from the running guest. */
  async unplugPort(): Promise<void> {
    const mark = this.mark();
    await this.qmp("device_del", { id: portId });
    await this.#qmp.event(
      "The port was unplugged",
      ({ event, data }) => event === "DEVICE_DELETED" && data.device === portId,
      qemuDeadlineMs,
      mark,
    );
  }

  /** Brings the port into the running guest. */
  async plugPort(): Promise<void> {
    const [driver, ...traits] = portDevice.split(",");
    const args = Object.fromEntries(traits.map((trait) => trait.split("=") as [string, string]));
    await this.qmp("device_add", { driver, ...args });
  }

  /** What the guest wrote to its serial console so far. */
  console(): string {
    return this.#qemu.text(consoleFile);
  }

  /** Settles when the console has the text. @throws when it has not in time */
  async consoleSays(text: string, deadlineMs = guestDeadlineMs): Promise<void> {
    const deadline = performance.now() + deadlineMs;
    while (!this.console().includes(text)) {
      if (performance.now() > deadline) throw new Error(`The console does not say "${text}"`);
      await Bun.sleep(consolePollMs);
    }
  }

  /** Pulls the plug. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#qmp.close();
    await this.#qemu.end();
  }

  #portIs(open: boolean, from: number, deadlineMs: number): Promise<QmpEvent> {
    return this.#told(
      this.#qmp.event(
        `An agent ${open ? "opened" : "closed"} the port`,
        ({ event, data }) =>
          event === "VSERPORT_CHANGE" && data.id === portId && data.open === open,
        deadlineMs,
        from,
      ),
    );
  }

  /** A failure comes with the end of the console. */
  #told(event: Promise<QmpEvent>): Promise<QmpEvent> {
    return event.catch((error: unknown) => {
      throw new Error(`${String(error)}\n${this.console().split("\n").slice(-40).join("\n")}`);
    });
  }
}

const portDevice = `virtserialport,bus=agents.0,id=${portId},chardev=agent,name=${agentPort}`;

function qemuArguments(qemu: Qemu, kernel: Kernel, options: DebianGuestOptions): string[] {
  const words = ["console=ttyS0", "quiet", "panic=-1", ...(options.kernelWords ?? [])];
  return [
    ...["-nodefaults", "-no-user-config", "-display", "none"],
    ...["-accel", "tcg", "-machine", "pc", "-cpu", options.cpu ?? "Nehalem"],
    ...["-smp", "2", "-m", String(options.memoryMiB ?? defaultMemoryMiB)],
    ...["-kernel", kernel.image, "-initrd", qemu.file("initramfs"), "-append", words.join(" ")],
    ...["-serial", `file:${qemu.file(consoleFile)}`],
    ...["-qmp", `unix:${qemu.file(qmpSocket)},server=off`],
    ...["-drive", `if=none,id=root,format=raw,cache=unsafe,file=${options.disk}`],
    ...["-device", "virtio-blk-pci,drive=root"],
    ...["-device", "virtio-rng-pci", "-device", "virtio-serial-pci,id=agents"],
    ...["-chardev", `socket,id=agent,path=${qemu.file(agentSocket)},server=on,wait=off`],
    ...((options.hasPort ?? true) ? ["-device", portDevice] : []),
    ...(options.extraDevices ?? []),
  ];
}

/** Loads the modules, mounts the disk and hands over to its init: what Debian's own initramfs does, without looking. */
async function writeInitramfs(
  path: string,
  kernel: Kernel,
  more: readonly string[],
): Promise<void> {
  const busybox = Bun.which("busybox");
  if (busybox === null) throw new Error('Cannot build an initramfs: "busybox" is not in PATH');
  const modules = await modulesInLoadOrder(kernel, [...rootModules, ...more]);
  const file = (at: string, data: Uint8Array, mode = 0o644): CpioEntry => {
    return { type: "regular", path: at, mode, data };
  };
  const entries: CpioEntry[] = [
    file("/bin/busybox", await Bun.file(busybox).bytes(), 0o755),
    file("/init", await readFile(`${import.meta.dir}/init/switch-root.sh`), 0o755),
    ...modules.map(({ fileName, data }) => file(`/modules.d/${fileName}`, data)),
    file("/modules", Buffer.from(modules.map(({ fileName }) => `${fileName}\n`).join(""))),
    ...["/dev", "/proc", "/sys", "/root"].map(
      (folder): CpioEntry => ({ type: "directory", path: folder, mode: 0o755 }),
    ),
  ];
  await using archive = await open(path, "w");
  for (const piece of cpioArchive(entries)) await archive.writeFile(piece);
}
