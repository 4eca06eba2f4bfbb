import { Program } from "./agent.ts";
import { Client } from "./client.ts";
import { until } from "./proc.ts";
import { openPty, type Pty } from "./pty.ts";
import { Scratch } from "./scratch.ts";

/** An agent on one end of a pseudo terminal, and a client at the other. */
export class SerialAgent implements AsyncDisposable {
  readonly scratch = new Scratch();
  readonly pty: Pty = openPty();
  readonly client = new Client(this.pty.host);
  readonly program: Program;

  private constructor(flags: readonly string[]) {
    const channel = ["-m", "isa-serial", "-p", this.pty.path, "-t", this.scratch.path];
    this.program = new Program([...channel, ...flags]);
  }

  static async start(...flags: string[]): Promise<SerialAgent> {
    const agent = new SerialAgent(flags);
    // What comes before the agent has set up the line is thrown away.
    await until("the line set up", () => agent.pty.isRaw());
    return agent;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.client[Symbol.dispose]();
    await this.program[Symbol.asyncDispose]();
    this.scratch[Symbol.dispose]();
  }
}
