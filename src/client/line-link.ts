import { DeadlineError, HangUpError, TransportError } from "./errors.ts";
import type { Line } from "./line.ts";
import type { Exchange, Link, RequestText } from "./link.ts";
import { readReply, syncByte } from "./reply.ts";

const encoder = new TextEncoder();
const newline = encoder.encode("\n");

/** Ids are below 2^31, since old clients' agents and scripts know no larger ones. */
const syncIdMax = 2 ** 31;

/** Agents take no text that is longer. */
const requestBytesMax = 64 * 1024 * 1024;

const othersFailed = "A request in front of this one failed";

/** An agent at the other end of a line of bytes, which others may have used and left in any state. */
export class LineLink implements Link {
  readonly requestBytesMax = requestBytesMax;
  readonly costMs = 0;
  readonly takesAhead = true;
  readonly #line: Line;
  #isInSync = false;
  /** Exchanges that have not come to their end. */
  #underWay = 0;
  /** Settles when the replies to all that was asked before have been read. */
  #read: Promise<unknown> = Promise.resolve();

  constructor(line: Line) {
    this.#line = line;
  }

  /**
   * 0xFF makes the agent forget an unfinished request; the agent's own 0xFF marks where its answer begins, and the id
   * that it is the answer to this question. Everything before is stale.
   */
  async sync(deadline: AbortSignal): Promise<void> {
    this.#isInSync = false;
    await this.#answerToSync(this.#sendSync(syncByte), deadline, () => {});
    this.#isInSync = true;
  }

  async exchange<Reply>(
    request: RequestText,
    { deadline, success, read }: Exchange<Reply>,
  ): Promise<Reply | null> {
    if (!this.#isInSync) {
      if (this.#underWay > 0) throw new TransportError(othersFailed);
      await this.sync(deadline);
    }
    this.#underWay++;
    try {
      if (typeof request === "string") this.#line.write(encoder.encode(`${request}\n`));
      else for (const piece of [...request, newline]) this.#line.write(piece);
      if (success === "reply") return (await this.#nextLine(deadline, read))();
      this.#isInSync = false;
      const line = await this.#lineUnlessSilent(deadline);
      return line === null ? null : read(line);
    } finally {
      this.#underWay--;
    }
  }

  /** Replies come in the order of their requests. Gives what `read` makes of it, or throws. */
  async #nextLine<Reply>(
    deadline: AbortSignal,
    read: (line: Uint8Array) => Reply,
  ): Promise<() => Reply> {
    const outcome = this.#read.then(async () => {
      if (!this.#isInSync) throw new TransportError(othersFailed);
      const line = await this.#line.line(deadline);
      return outcomeOf(() => read(line));
    });
    this.#read = outcome.catch(() => {
      // It is told to whoever waits for this one.
      this.#isInSync = false;
    });
    return outcome;
  }

  /** Sends bytes as they are, such as none of a request. */
  write(bytes: Uint8Array): void {
    this.#line.write(bytes);
  }

  close(): void {
    this.#line.close();
  }

  #sendSync(...before: number[]): number {
    const id = Math.floor(Math.random() * syncIdMax);
    const request = `{"execute":"guest-sync-delimited","arguments":{"id":${id}}}\n`;
    this.#line.write(Uint8Array.of(...before, ...encoder.encode(request)));
    return id;
  }

  /** Hands over the lines that come before it. */
  async #answerToSync(
    id: number,
    deadline: AbortSignal,
    onOther: (line: Uint8Array) => void,
  ): Promise<void> {
    for (;;) {
      const line = await this.#line.line(deadline);
      const mark = line.lastIndexOf(syncByte);
      if (mark !== -1 && readReply(line.subarray(mark + 1)).get("return") === id) return;
      onOther(line);
    }
  }

  /**
   * The reply to a shutdown or a suspend, or null where there is none, which is how success is told. A sync is sent
   * behind the command, so that its answer tells when that is settled; where even that stays away, the guest has gone.
   */
  async #lineUnlessSilent(deadline: AbortSignal): Promise<Uint8Array | null> {
    let first: Uint8Array | null = null;
    try {
      await this.#answerToSync(this.#sendSync(), deadline, (line) => {
        first ??= line.slice();
      });
      this.#isInSync = true;
    } catch (error) {
      if (!(error instanceof DeadlineError || error instanceof HangUpError)) throw error;
    }
    return first;
  }
}

/** Does it now, and tells it later. */
function outcomeOf<Value>(act: () => Value): () => Value {
  try {
    const value = act();
    return () => value;
  } catch (error) {
    return () => {
      throw error;
    };
  }
}
