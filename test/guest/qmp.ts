import { UnixStream, within } from "./unix-stream.ts";

/** @see https://www.qemu.org/docs/master/interop/qmp-spec.html */
export interface QmpEvent {
  readonly event: string;
  readonly data: Readonly<Record<string, unknown>>;
}

const newline = 0x0a;

/** A client of QEMU's monitor. It reads all the time and keeps every event, so that none is missed between two waits. */
export class Qmp {
  readonly #stream: UnixStream;
  readonly #events: QmpEvent[] = [];
  readonly #replies: PromiseWithResolvers<unknown>[] = [];
  readonly #listeners = new Set<() => void>();
  #end: Error | null = null;

  private constructor(stream: UnixStream) {
    this.#stream = stream;
  }

  /** Listens at `path` until QEMU connects, which is after it made all its other sockets. */
  static async accept(path: string, deadlineMs: number): Promise<Qmp> {
    const stream = await UnixStream.accept(path, "QEMU monitor", deadlineMs);
    await stream.readUntil(newline, deadlineMs); // the greeting
    const qmp = new Qmp(stream);
    void qmp.#readAll();
    await qmp.execute("qmp_capabilities", {}, deadlineMs);
    return qmp;
  }

  /** @throws when QEMU refuses the command, with its words, or is gone */
  async execute(
    command: string,
    args: Readonly<Record<string, unknown>>,
    deadlineMs: number,
  ): Promise<unknown> {
    if (this.#end !== null) throw this.#end;
    const reply = Promise.withResolvers<unknown>();
    this.#replies.push(reply);
    await this.#stream.send(
      `${JSON.stringify({ execute: command, arguments: args })}\n`,
      deadlineMs,
    );
    return within(reply.promise, deadlineMs, () => `QEMU monitor: no reply to ${command}`);
  }

  /** All events so far, in the order they came. Their number is a mark for {@link event}. */
  get events(): readonly QmpEvent[] {
    return this.#events;
  }

  /**
   * Returns the first event that `matches`, of those from number `from` on, be it in the past or to come.
   *
   * @throws a DeadlineError when none came in time; the message has `what`
   */
  async event(
    what: string,
    matches: (event: QmpEvent) => boolean,
    deadlineMs: number,
    from = 0,
  ): Promise<QmpEvent> {
    const found = Promise.withResolvers<QmpEvent>();
    let next = from;
    const look = () => {
      for (; next < this.#events.length; next++) {
        const event = this.#events[next] as QmpEvent;
        if (matches(event)) return found.resolve(event);
      }
      if (this.#end !== null) found.reject(this.#end);
    };
    this.#listeners.add(look);
    try {
      look();
      return await within(
        found.promise,
        deadlineMs,
        () => `${what} did not happen: ${this.#seen()}`,
      );
    } finally {
      this.#listeners.delete(look);
    }
  }

  close(): Promise<void> {
    return this.#stream.close();
  }

  async #readAll(): Promise<void> {
    try {
      for (;;)
        this.#take(JSON.parse(await this.#stream.readUntil(newline, Number.POSITIVE_INFINITY)));
    } catch (error) {
      this.#end = error instanceof Error ? error : new Error(String(error));
      for (const reply of this.#replies.splice(0)) reply.reject(this.#end);
      this.#tell();
    }
  }

  #take(message: Record<string, unknown>): void {
    if (typeof message.event === "string") {
      const data = (message.data ?? {}) as Record<string, unknown>;
      this.#events.push({ event: message.event, data });
      this.#tell();
      return;
    }
    const reply = this.#replies.shift();
    if ("error" in message) {
      const { desc } = message.error as { desc: string };
      reply?.reject(new Error(`QEMU monitor: ${desc}`));
    } else {
      reply?.resolve(message.return);
    }
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }

  #seen(): string {
    const shown = 5;
    const last = this.#events.slice(-shown).map((event) => JSON.stringify(event));
    return last.length === 0 ? "no event came" : `the last events were ${last.join(" ")}`;
  }
}
