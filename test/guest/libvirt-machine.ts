import { agentUnderTest } from "./agent-under-test.ts";
import { guestStart, guestText } from "./guest-exec.ts";
import { Libvirt } from "./libvirt.ts";
import { agentOf, consoleOf, domainName, makeDomain, networkCard } from "./libvirt-domain.ts";
import { LibvirtEvents } from "./libvirt-events.ts";
import { LibvirtGuide } from "./libvirt-guide.ts";
import type { ToolResult } from "./tool.ts";

const consolePollMs = 100;
const consoleDeadlineMs = 100_000;

/** A machine of a libvirtd of its own that is driven by the lines of the guide. */
export class LibvirtMachine implements AsyncDisposable {
  readonly libvirt: Libvirt;
  readonly guide: LibvirtGuide;
  readonly #definition: string;
  #events: LibvirtEvents;

  private constructor(
    libvirt: Libvirt,
    guide: LibvirtGuide,
    definition: string,
    events: LibvirtEvents,
  ) {
    this.libvirt = libvirt;
    this.guide = guide;
    this.#definition = definition;
    this.#events = events;
  }

  /** Settles when the agent in it has opened its channel. */
  static async boot(): Promise<LibvirtMachine> {
    const libvirt = await Libvirt.start();
    try {
      const guide = new LibvirtGuide();
      const definition = await makeDomain(libvirt, guide, agentUnderTest);
      const define = () => libvirt.mustVirsh("define", definition);
      const events = await LibvirtEvents.listen(libvirt, define);
      await libvirt.mustVirsh("start", domainName);
      await events.agent("connected", 0);
      return new LibvirtMachine(libvirt, guide, definition, events);
    } catch (error) {
      await libvirt[Symbol.asyncDispose]();
      throw new Error(`Cannot start a machine of libvirt: ${String(error)}`, { cause: error });
    }
  }

  get events(): LibvirtEvents {
    return this.#events;
  }

  /** Runs a line of the guide, which must have it. @throws when it fails */
  async run(line: string): Promise<string> {
    const output = await this.libvirt.typed(this.guide.line(line));
    // virsh has a blank line behind most of what it prints.
    return output.trimEnd();
  }

  /** Runs a command line, be it one that fails. */
  tried(line: string): Promise<ToolResult> {
    return this.libvirt.tried(line);
  }

  /** Runs a virsh command, be it one that fails. */
  virsh(...args: readonly string[]): Promise<ToolResult> {
    return this.libvirt.virsh(...args);
  }

  /** Has the agent run a shell script and returns its output. @throws when it fails */
  text(script: string): Promise<string> {
    return guestText(agentOf(this.libvirt), script);
  }

  /** Has the agent start a shell script that runs on without it. */
  async begin(script: string): Promise<void> {
    await guestStart(agentOf(this.libvirt), ["/bin/sh", "-c", script]);
  }

  /**
   * Has the guest run one script when {@link pullCable} is called and another one at {@link plugCable}: so it does in
   * good order what leaves it without an agent. What the first one has done is on the console then.
   */
  async onCable(pulled: string, plugged: string): Promise<void> {
    await this.begin(`
      carrier() { [ "$(cat /sys/class/net/e*/carrier)" = $1 ]; }
      until carrier 0; do sleep 0.1; done
      ${pulled}
      echo cable: pulled >/dev/ttyS0
      until carrier 1; do sleep 0.1; done
      ${plugged}`);
  }

  /** Settles when the guest has done what it is to do then. */
  async pullCable(): Promise<void> {
    const from = this.console().length;
    await this.libvirt.mustVirsh("domif-setlink", domainName, networkCard, "down");
    await this.consoleSays("cable: pulled", from);
  }

  async plugCable(): Promise<void> {
    await this.libvirt.mustVirsh("domif-setlink", domainName, networkCard, "up");
  }

  /** Settles when the guest has all of its addresses: by DHCP, and what the router of QEMU's network announces. */
  async hasAddresses(): Promise<void> {
    const has4 = "grep -q 10.0.2.15 /proc/net/fib_trie";
    await this.text(`until ${has4} && grep -q ^fec0 /proc/net/if_inet6; do sleep 0.1; done`);
  }

  /** Ends libvirtd and starts it anew; the machine runs on. */
  async restartDaemon(signal: "TERM" | "KILL"): Promise<void> {
    await this.libvirt.endDaemon(signal);
    await this.#events.end();
    await this.libvirt.startDaemon();
    const define = () => this.libvirt.mustVirsh("define", this.#definition);
    this.#events = await LibvirtEvents.listen(this.libvirt, define);
  }

  /** What the machine wrote to its serial console so far. */
  console(): string {
    return consoleOf(this.libvirt);
  }

  /** Settles when the console has the text behind the first `from` characters. @throws when it has not in time */
  async consoleSays(text: string, from: number): Promise<void> {
    const deadline = performance.now() + consoleDeadlineMs;
    while (!this.console().includes(text, from)) {
      if (performance.now() > deadline) throw new Error(`The console does not say "${text}"`);
      await Bun.sleep(consolePollMs);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#events.end();
    await this.libvirt[Symbol.asyncDispose]();
  }
}
