import { DeadlineError, StreamEndError, UnixStream } from "./unix-stream.ts";

export interface ShellResult {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

const newline = 0x0a;

/**
 * The host's end of the kit's shell in the guest (`init/shell.sh`): looks into the guest without help of the agent
 * under test. Requests are served one after another.
 */
export class GuestShell {
  readonly #stream: UnixStream;
  #queue: Promise<unknown> = Promise.resolve();

  private constructor(stream: UnixStream) {
    this.#stream = stream;
  }

  /** Listens at `path` until QEMU connects the guest's port to it. */
  static async accept(path: string, deadlineMs: number): Promise<GuestShell> {
    return new GuestShell(await UnixStream.accept(path, "guest shell", deadlineMs));
  }

  /** Settles when the guest has booted and the shell serves. */
  async ready(deadlineMs: number): Promise<void> {
    const greeting = await this.#stream.readUntil(newline, deadlineMs);
    if (greeting !== "ready\n") throw new Error(`guest shell: unexpected greeting ${greeting}`);
  }

  /** Runs a script with busybox ash to its end, as root in "/", and returns how it ended. */
  async run(script: string, deadlineMs: number): Promise<ShellResult> {
    return this.#request(`run ${base64(script)}`, deadlineMs);
  }

  /** Starts a script in the background and returns its process id; a script that ends in `exec` keeps that id. */
  async start(name: string, script: string, deadlineMs: number): Promise<number> {
    const { stdout } = await this.#request(`start ${name} ${base64(script)}`, deadlineMs);
    return Number(stdout);
  }

  /**
   * Returns the exit status of the process started under `name`, once it ended; 128 + n when signal n ended it.
   *
   * @throws {DeadlineError} when it still runs after `deadlineMs`
   */
  async exitStatus(name: string, deadlineMs: number): Promise<number> {
    // The deadline is this machine's: an emulated guest on a busy one counts its tenths too slowly, or too fast.
    const deadline = performance.now() + deadlineMs;
    const tenths = 10;
    const graceMs = 30_000;
    for (;;) {
      const { status, stdout } = await this.#request(
        `wait ${name} ${tenths}`,
        deadlineMs * 2 + graceMs,
      );
      if (status === 0) return Number(stdout);
      if (performance.now() > deadline) {
        throw new DeadlineError(`"${name}" still runs after ${deadlineMs} ms`);
      }
    }
  }

  close(): Promise<void> {
    return this.#stream.close();
  }

  #request(text: string, deadlineMs: number): Promise<ShellResult> {
    const result = this.#queue.then(() => this.#exchange(text, deadlineMs));
    // The failure is the caller's to see; the queue only needs to know that this request is over.
    this.#queue = result.catch(() => undefined);
    return result;
  }

  async #exchange(text: string, deadlineMs: number): Promise<ShellResult> {
    await this.#stream.send(`${text}\n`, deadlineMs);
    const reply = await this.#stream.readUntil(newline, deadlineMs);
    const [status, stdout, stderr] = reply.trimEnd().split(" ");
    if (status === undefined || stdout === undefined || stderr === undefined) {
      throw new StreamEndError(`guest shell: unexpected reply ${reply}`);
    }
    return { status: Number(status), stdout: plain(stdout), stderr: plain(stderr) };
  }
}

/** Makes one shell word of any text. */
export function shellWord(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}

function plain(encoded: string): string {
  return encoded === "-" ? "" : Buffer.from(encoded, "base64").toString();
}
