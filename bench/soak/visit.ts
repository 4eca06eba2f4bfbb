import { LineStream } from "../../src/client/line-stream.ts";
import type { Call, Habit } from "./habits.ts";

const replyMsMax = 60_000;
const statusPauseMs = 20;
const fileBytes = 64 * 1024;
const encoder = new TextEncoder();

/** An agent did not answer as every client expects. */
export class SoakError extends Error {
  override readonly name = "SoakError";
}

interface Reply {
  readonly return?: unknown;
  readonly error?: { readonly desc: string };
}

/** A host that talks to one agent in its way. */
export class Host {
  readonly #habit: Habit;
  readonly #socket: string;
  #line: LineStream | null = null;
  #syncId = 0;
  /** Requests that were answered, syncs among them. */
  requests = 0;
  /** Replies that were errors, such as that of a command which this machine has nothing for. */
  refusals = 0;

  constructor(habit: Habit, socket: string) {
    this.#habit = habit;
    this.#socket = socket;
  }

  /** @throws SoakError, DeadlineError, TransportError */
  async visit(calls: readonly Call[]): Promise<void> {
    for (const call of calls) {
      const returned = await this.#call(call);
      if (call.command === "guest-exec") await this.#awaitEnd(returned);
      if (call.command === "guest-file-open") await this.#readToEnd(returned);
    }
  }

  /** Hangs up, so that another host is served. */
  leave(): void {
    this.#line?.close();
    this.#line = null;
  }

  /** Asks for the status of a program until it has ended, with a pause in between. */
  async #awaitEnd(started: unknown): Promise<void> {
    const { pid } = started as { readonly pid: number };
    for (;;) {
      const status = await this.#call({ command: "guest-exec-status", args: { pid } });
      if ((status as { readonly exited: boolean }).exited) return;
      await Bun.sleep(statusPauseMs);
    }
  }

  async #readToEnd(handle: unknown): Promise<void> {
    for (;;) {
      const args = { handle, count: fileBytes };
      const read = await this.#call({ command: "guest-file-read", args });
      if ((read as { readonly eof: boolean }).eof) break;
    }
    await this.#call({ command: "guest-file-close", args: { handle } });
  }

  async #call(call: Call): Promise<unknown> {
    if (this.#habit.connects === "once") {
      this.#line ??= await this.#inSync();
      this.#line.write(encoder.encode(requestText(call)));
      return this.#answer(this.#line, call);
    }
    const line = await LineStream.connect(this.#socket);
    try {
      const id = ++this.#syncId;
      const sync = requestText({ command: "guest-sync-delimited", args: { id } });
      line.write(Uint8Array.of(0xff, ...encoder.encode(sync + requestText(call))));
      await this.#skipUntil(line, Buffer.from(`\xff{"return": ${id}}`, "latin1"));
      return await this.#answer(line, call);
    } finally {
      line.close();
    }
  }

  async #inSync(): Promise<LineStream> {
    const line = await LineStream.connect(this.#socket);
    const id = Date.now();
    line.write(encoder.encode(requestText({ command: "guest-sync", args: { id } })));
    await this.#skipUntil(line, Buffer.from(`{"return": ${id}}`));
    return line;
  }

  async #skipUntil(line: LineStream, wanted: Uint8Array): Promise<void> {
    const deadline = AbortSignal.timeout(replyMsMax);
    while (!Buffer.from(await line.line(deadline)).equals(wanted));
    this.requests++;
  }

  async #answer(line: LineStream, { command }: Call): Promise<unknown> {
    const text = new TextDecoder().decode(await line.line(AbortSignal.timeout(replyMsMax)));
    this.requests++;
    const { return: value, error } = JSON.parse(text) as Reply;
    if (error !== undefined) this.refusals++;
    else if (value === undefined) throw new SoakError(`${command} is answered ${text}`);
    return value;
  }
}

function requestText({ command, args }: Call): string {
  return `${JSON.stringify({ execute: command, ...(args && { arguments: args }) })}\n`;
}
