import { DeadlineError, UnixStream } from "./unix-stream.ts";

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
  static async connect(path: string): Promise<AgentConnection> {
    return new AgentConnection(await UnixStream.connect(path, "guest agent"));
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

  /**
   * Brings both ends in step, whatever was sent or received before: sends 0xFF and a guest-sync-delimited with a new
   * id, then drops all that comes before the reply with that id. Returns the text it dropped.
   */
  async sync(deadlineMs = defaultDeadlineMs): Promise<string> {
    const id = Math.floor(Math.random() * Number.MAX_SAFE_INTEGER);
    const deadline = performance.now() + deadlineMs;
    await this.send(Uint8Array.of(sentinel), deadlineMs);
    await this.send(requestText("guest-sync-delimited", { id }), deadlineMs);
    let dropped = "";
    for (;;) {
      const leftMs = Math.max(0, deadline - performance.now());
      const before = await this.#stream.readUntil(sentinel, leftMs);
      const reply = await this.line(leftMs);
      // A late reply to the sync of an earlier client is delimited as well, but has another id.
      if (isReturn(reply, id)) return dropped + before.slice(0, -1);
      dropped += before + reply;
      if (performance.now() > deadline) {
        throw new DeadlineError(`guest agent: no reply to guest-sync-delimited in ${deadlineMs} ms`);
      }
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

function isReturn(reply: string, id: number): boolean {
  return reply === `{"return": ${id}}`;
}

function agentError(command: string, error: unknown): AgentError {
  const { class: errorClass, desc } = error as { class?: unknown; desc?: unknown };
  return new AgentError(command, String(errorClass), String(desc));
}
