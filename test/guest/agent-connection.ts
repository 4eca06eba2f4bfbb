import { type Discarded, UnixStream } from "./unix-stream.ts";

/** The error object of an agent's reply. */
export class AgentError extends Error {
  override readonly name = "AgentError";
  /** `GenericError` or `CommandNotFound`. */
  readonly errorClass: string;
  /** The text of the reply, as it came. */
  readonly desc: string;

  constructor(command: string, errorClass: string, desc: string) {
    super(`${command}: ${errorClass}, ${desc}`);
    this.errorClass = errorClass;
    this.desc = desc;
  }
}

export type AgentArguments = Readonly<Record<string, unknown>>;

const newline = 0x0a;
const sentinel = 0xff;

const defaultDeadlineMs = 30_000;

/**
 * A host's connection to a guest agent, over the Unix socket QEMU (or an agent with `unix-listen`) gives. It sends
 * the bytes it is told to and reads only when asked, so that tests can be rude. To disconnect is to close the socket.
 */
export class AgentConnection implements AsyncDisposable {
  readonly #stream: UnixStream;

  private constructor(stream: UnixStream) {
    this.#stream = stream;
  }

  /** Connects; nothing is sent yet. */
  static async connect(path: string, deadlineMs = defaultDeadlineMs): Promise<AgentConnection> {
    return new AgentConnection(await UnixStream.connect(path, "guest agent", deadlineMs));
  }

  /** Sends bytes as they are. Settles when the kernel took them all, which a full channel can put off for ever. */
  send(data: string | Uint8Array, deadlineMs = defaultDeadlineMs): Promise<void> {
    return this.#stream.send(data, deadlineMs);
  }

  /** Sends a request without waiting for its reply. */
  sendRequest(command: string, args?: AgentArguments): Promise<void> {
    return this.send(requestText(command, args));
  }

  /** Returns the next line without its newline. A 0xFF before a reply comes as the character U+00FF. */
  async line(deadlineMs = defaultDeadlineMs): Promise<string> {
    const text = await this.#stream.readUntil(newline, deadlineMs);
    return text.slice(0, -1);
  }

  /** Returns the next bytes as they come, each as one character of the same number. */
  bytes(count: number, deadlineMs = defaultDeadlineMs): Promise<string> {
    return this.#stream.readBytes(count, deadlineMs);
  }

  /**
   * Brings both ends in step, whatever was sent or received before: sends 0xFF and a guest-sync-delimited with a new
   * id, then drops all that comes before the reply with that id. Tells what it dropped. Data still being sent may go
   * before it: this reads while they go.
   */
  async sync(deadlineMs = defaultDeadlineMs): Promise<Discarded> {
    const id = Math.floor(Math.random() * Number.MAX_SAFE_INTEGER);
    const deadline = performance.now() + deadlineMs;
    const request = Buffer.from(`\0${requestText("guest-sync-delimited", { id })}`);
    request[0] = sentinel;
    // Not awaited before the reply is there: an agent that waits for its replies to be read may not read on.
    const sent = this.send(request, deadlineMs);
    const [dropped] = await Promise.all([this.#dropUntilReply(id, deadline), sent]);
    return dropped;
  }

  async #dropUntilReply(id: number, deadline: number): Promise<Discarded> {
    let bytes = 0;
    let text = "";
    for (;;) {
      const leftMs = () => Math.max(0, deadline - performance.now());
      const before = await this.#stream.discardUntil(sentinel, leftMs());
      const reply = await this.line(leftMs());
      bytes += before.bytes;
      text += before.text;
      if (reply === `{"return": ${id}}`) return { bytes, text };
      // The late reply to an earlier client's sync: delimited as well, but with another id.
      bytes += reply.length + 1;
      text += `${reply}\n`;
    }
  }

  /** Sends a request and returns the text of the next line, which is its reply when both ends are in step. */
  async exchange(
    command: string,
    args?: AgentArguments,
    deadlineMs = defaultDeadlineMs,
  ): Promise<string> {
    await this.send(requestText(command, args), deadlineMs);
    return this.line(deadlineMs);
  }

  /**
   * Sends a request and returns the `return` member of the reply. Integers beyond 2^53 lose digits here; use
   * {@link exchange} where they matter.
   *
   * @throws {AgentError} when the agent replies with an error
   */
  async call(
    command: string,
    args?: AgentArguments,
    deadlineMs = defaultDeadlineMs,
  ): Promise<unknown> {
    const reply: unknown = JSON.parse(await this.exchange(command, args, deadlineMs));
    if (typeof reply === "object" && reply !== null) {
      if ("return" in reply) return reply.return;
      if ("error" in reply) throw agentError(command, reply.error);
    }
    throw new TypeError(`${command}: neither return nor error in the reply ${String(reply)}`);
  }

  /** Disconnects at once, whatever is unread or unsent. */
  close(): Promise<void> {
    return this.#stream.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** A request as one line. */
export function requestText(command: string, args?: AgentArguments): string {
  return `${JSON.stringify({ execute: command, ...(args && { arguments: args }) })}\n`;
}

function agentError(command: string, error: unknown): AgentError {
  const { class: errorClass, desc } = error as { class?: unknown; desc?: unknown };
  return new AgentError(command, String(errorClass), String(desc));
}
