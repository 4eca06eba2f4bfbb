import type { AgentClient } from "../agent-client.ts";
import { AgentError } from "../errors.ts";
import { toPlain } from "../json.ts";
import type { TimedLine } from "../timed-line.ts";

/** Files open in the guest. An agent keeps them open when its client leaves, so whoever opens one has to close it. */
export class GuestFiles {
  readonly #client: () => AgentClient;
  readonly #line: () => TimedLine;
  readonly #open = new Set<number>();

  /** @param client whichever is connected now. @param line its line */
  constructor(client: () => AgentClient, line: () => TimedLine) {
    this.#client = client;
    this.#line = line;
  }

  /** @returns the handle. @throws AgentError with the agent's words */
  async open(path: string, mode: "r" | "w"): Promise<number> {
    const args = JSON.stringify({ path, mode });
    return await this.#line().keepOn(async () => {
      const handle = Number(toPlain(await this.#client().request("guest-file-open", args)));
      this.#open.add(handle);
      return handle;
    });
  }

  /** Notes a handle that a measurement got by itself. */
  adopt(handle: number): void {
    this.#open.add(handle);
  }

  /** Forgets a handle that a measurement has closed by itself. */
  release(handle: number): void {
    this.#open.delete(handle);
  }

  async close(handle: number): Promise<void> {
    const args = JSON.stringify({ handle });
    await this.#line().keepOn(() => this.#client().request("guest-file-close", args));
    this.#open.delete(handle);
  }

  async rewind(handle: number): Promise<void> {
    const args = JSON.stringify({ handle, offset: 0, whence: "set" });
    await this.#client().request("guest-file-seek", args);
  }

  async write(handle: number, bytes: Uint8Array): Promise<void> {
    const args = JSON.stringify({ handle, "buf-b64": bytes.toBase64() });
    await this.#client().request("guest-file-write", args);
  }

  /** The beginning of a file, at most `bytesMax` of it. */
  async readStart(path: string, bytesMax: number): Promise<Uint8Array> {
    const handle = await this.open(path, "r");
    try {
      const args = JSON.stringify({ handle, count: bytesMax });
      const reply = toPlain(await this.#client().request("guest-file-read", args));
      return Uint8Array.fromBase64((reply as { "buf-b64": string })["buf-b64"]);
    } finally {
      await this.close(handle);
    }
  }

  /** Closes what is left open, as far as the agent still knows it. */
  async closeAll(): Promise<void> {
    for (const handle of [...this.#open]) {
      try {
        await this.close(handle);
      } catch (error) {
        // Started anew, it has forgotten all handles, and the files are closed.
        if (!(error instanceof AgentError)) throw error;
        this.#open.delete(handle);
      }
    }
  }
}
