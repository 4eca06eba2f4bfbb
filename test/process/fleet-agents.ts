/** Many agents on one machine, with their sockets in one folder. */
import { mkdirSync } from "node:fs";
import { guestwire, qemuGa } from "../differential/binaries.ts";
import { connect, Program } from "./agent.ts";
import { Scratch } from "./scratch.ts";

/** Starts take a processor each; more at a time would only wait for each other. */
const startsAtOnceMax = 8;

export class FleetAgents implements AsyncDisposable {
  readonly #scratch = new Scratch();
  readonly #programs = new Map<string, Program>();

  /** Resolves when all of them answer. @param qemuGaCount how many are qemu-ga, the last ones */
  static async start(count: number, qemuGaCount: number): Promise<FleetAgents> {
    const fleet = new FleetAgents();
    const names = Array.from(
      { length: count },
      (_, index) => `vm-${String(index + 1).padStart(3, "0")}`,
    );
    let next = 0;
    const starter = async () => {
      while (next < count) {
        const index = next++;
        const path = index < count - qemuGaCount ? guestwire.path : qemuGa.path;
        await fleet.#startOne(names[index] as string, path);
      }
    };
    try {
      await Promise.all(Array.from({ length: startsAtOnceMax }, starter));
      return fleet;
    } catch (error) {
      await fleet[Symbol.asyncDispose]();
      throw error;
    }
  }

  get names(): readonly string[] {
    return [...this.#programs.keys()].sort();
  }

  /** All of them, as a TARGET. */
  get glob(): string {
    return this.#scratch.file("*.sock");
  }

  socket(name: string): string {
    return this.#scratch.file(`${name}.sock`);
  }

  /** A path in the folder of the sockets. */
  file(name: string): string {
    return this.#scratch.file(name);
  }

  program(name: string): Program {
    const program = this.#programs.get(name);
    if (program === undefined) throw new Error(`No agent ${name}`);
    return program;
  }

  async #startOne(name: string, path: string): Promise<void> {
    const state = this.#scratch.file(`${name}.state`);
    mkdirSync(state);
    const socket = this.socket(name);
    const program = new Program(["-m", "unix-listen", "-p", socket, "-t", state], { path });
    this.#programs.set(name, program);
    using client = await connect(socket, () => !program.alive);
    client.sync();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(
      [...this.#programs.values()].map((program) => program[Symbol.asyncDispose]()),
    );
    this.#scratch[Symbol.dispose]();
  }
}
