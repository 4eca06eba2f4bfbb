import { Agent } from "../process/agent.ts";
import type { Client, Reply } from "../process/client.ts";

/** What a host reads of what a policy denies. */
export function denial(command: string): Reply {
  const desc = `Command ${command} has been disabled: the command is not allowed`;
  return { error: { class: "CommandNotFound", desc } };
}

/** An agent under a policy in a folder of its own, and a connection to it. */
export class Policed implements AsyncDisposable {
  readonly #agent: Agent;
  readonly client: Client;

  private constructor(agent: Agent, client: Client) {
    this.#agent = agent;
    this.client = client;
  }

  static async start(file: string, ...args: readonly string[]): Promise<Policed> {
    const agent = await Agent.start([`--policy=${file}`, ...args]);
    return new Policed(agent, await agent.connect());
  }

  get log(): string {
    return this.#agent.program.stderr;
  }

  enabled(): string[] {
    const info = this.client.call("guest-info") as {
      supported_commands: { name: string; enabled: boolean }[];
    };
    return info.supported_commands.filter(({ enabled }) => enabled).map(({ name }) => name);
  }

  /** What a program wrote and how it ended. */
  async result(pid: number): Promise<Record<string, unknown>> {
    for (;;) {
      const status = this.client.call("guest-exec-status", { pid }) as Record<string, unknown>;
      if (status.exited === true) return status;
      await Bun.sleep(1);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.client[Symbol.dispose]();
    await this.#agent[Symbol.asyncDispose]();
  }
}
