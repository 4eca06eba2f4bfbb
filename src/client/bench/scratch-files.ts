import type { BenchedAgent } from "./benched-agent.ts";

const removeStatusPauseMs = 5;
const removeMsMax = 10_000;

/**
 * Files made in the guest for the measurement, each with a name that nothing has, and removed again through the agent.
 * Since no command of an agent removes a file, that takes guest-exec; where it is not to be had, no file is made.
 */
export class ScratchFiles {
  readonly #agent: BenchedAgent;
  readonly #folder: string;
  readonly #made = new Map<string, string>();
  readonly #mayWrite: boolean;

  /** @param folder in the guest */
  constructor(agent: BenchedAgent, folder: string, mayWrite: boolean) {
    this.#agent = agent;
    this.#folder = folder;
    this.#mayWrite = mayWrite;
  }

  get available(): boolean {
    const needed = ["guest-exec", "guest-exec-status", "guest-file-open", "guest-file-write"];
    return this.#mayWrite && needed.every((name) => this.#agent.commands.has(name));
  }

  /** What is still in the guest. */
  get paths(): readonly string[] {
    return [...this.#made.values()];
  }

  /** Makes a file, once for each purpose. @throws AgentError */
  async make(purpose: string, fill?: (handle: number) => Promise<void>): Promise<string> {
    const there = this.#made.get(purpose);
    if (there !== undefined) return there;
    const path = `${this.#folder}/guestwire-bench-${purpose}-${crypto.randomUUID()}`;
    // Before it is there, so that it is removed whatever happens next.
    this.#made.set(purpose, path);
    const handle = await this.#agent.files.open(path, "w");
    await fill?.(handle);
    await this.#agent.files.close(handle);
    return path;
  }

  /** Removes them all. @throws Error that names what is left */
  async remove(): Promise<void> {
    if (this.#made.size === 0) return;
    const { paths } = this;
    const { pid } = await this.#agent.call<{ pid: number }>("guest-exec", {
      path: "rm",
      arg: ["-f", "--", ...paths],
    });
    const started = performance.now();
    for (;;) {
      const status = await this.#agent.call<{ exited: boolean; exitcode?: number }>(
        "guest-exec-status",
        { pid },
      );
      if (status.exited && status.exitcode === 0) break;
      if (status.exited || performance.now() - started > removeMsMax) {
        throw new Error(`Cannot remove ${paths.join(", ")} in the guest`);
      }
      await Bun.sleep(removeStatusPauseMs);
    }
    this.#made.clear();
  }
}
