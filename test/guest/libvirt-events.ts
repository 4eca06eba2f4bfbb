import { readFileSync } from "node:fs";
import type { Subprocess } from "bun";
import type { Libvirt } from "./libvirt.ts";
import { consoleOf } from "./libvirt-domain.ts";

const deadlineMs = 200_000;
const listenDeadlineMs = 20_000;
const pollMs = 100;

let listeners = 0;

/** What libvirt tells of its machines, as `virsh event` prints it: a line for each event. */
export class LibvirtEvents {
  readonly #libvirt: Libvirt;
  readonly #path: string;
  readonly #client: Subprocess;

  private constructor(libvirt: Libvirt, path: string, client: Subprocess) {
    this.#libvirt = libvirt;
    this.#path = path;
    this.#client = client;
  }

  /** Settles when nothing is missed any more. `provoke` makes some event happen. */
  static async listen(libvirt: Libvirt, provoke: () => Promise<unknown>): Promise<LibvirtEvents> {
    listeners += 1;
    const output = `events-${listeners}`;
    const client = libvirt.startVirsh(["event", "--all", "--loop"], output);
    const events = new LibvirtEvents(libvirt, libvirt.file(output), client);
    const deadline = performance.now() + listenDeadlineMs;
    // virsh does not tell when it has begun to listen.
    while (events.mark() === 0) {
      if (performance.now() > deadline) throw new Error("virsh event prints nothing");
      await provoke();
      await Bun.sleep(pollMs);
    }
    return events;
  }

  /** A mark for the others: only what comes from now on counts. */
  mark(): number {
    return this.#lines().length;
  }

  /** Settles when the agent's channel has become so. */
  agent(state: "connected" | "disconnected", from: number): Promise<void> {
    return this.has(`event 'agent-lifecycle' for domain 'guest': state: '${state}'`, from);
  }

  /** Settles with the first line that begins so. @throws when there is none in time */
  async has(start: string, from: number): Promise<void> {
    const deadline = performance.now() + deadlineMs;
    while (!this.since(from).some((line) => line.startsWith(start))) {
      if (performance.now() > deadline) {
        const console = consoleOf(this.#libvirt).split("\n").slice(-40);
        throw new Error(
          [`No ${start}; there were:`, ...this.#lines(), "On the console:", ...console].join("\n"),
        );
      }
      await Bun.sleep(pollMs);
    }
  }

  /** All lines from a mark on. */
  since(from: number): string[] {
    return this.#lines().slice(from);
  }

  async end(): Promise<void> {
    this.#client.kill();
    await this.#client.exited;
  }

  #lines(): string[] {
    return readFileSync(this.#path, "utf8").split("\n").slice(0, -1);
  }
}
