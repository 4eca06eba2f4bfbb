import { monotonicMs } from "../../native/clock.ts";
import type { Reactor } from "../../native/reactor.ts";
import { turnMsMax, unsentBytesMax } from "../../src/agent/conversation.ts";
import type { LateReply } from "../../src/agent/dispatcher.ts";
import type { Noise } from "../../src/wire/noise.ts";
import type { ReplyBuffer } from "../../src/wire/reply.ts";

export const bigReplyChars = 2 * unsentBytesMax;

/**
 * Answers `{"n":1}` with the text; one with a `w` in it has to wait until it is let go on, and one with an `s` takes all
 * the time of a turn. The reply to one with an `x` cannot be written, and the one to `big` fills the queue.
 */
export class WaitingDispatcher {
  readonly begun: string[] = [];
  /** What had begun at the first turn of others after a slow one. */
  begunByTurn: number | null = null;
  readonly #reactor: Reactor;
  #goOn: () => void = () => {};

  constructor(reactor: Reactor) {
    this.#reactor = reactor;
  }

  handle(
    text: Uint8Array,
    out: ReplyBuffer,
    _: Noise,
    beforeActing: () => void,
  ): Promise<LateReply> | null {
    const word = Buffer.from(text).toString();
    this.begun.push(word);
    if (word.includes("s")) beforeActing();
    // The text is still there when the reply is written.
    const reply: LateReply = (late) => {
      if (word.includes("x")) throw new Error("cannot be written");
      const isBig = word.includes("big");
      const said = isBig ? "x".repeat(bigReplyChars) : Buffer.from(text).toString();
      late.writeReturn(said, undefined, false);
    };
    if (word.includes("s")) this.#dawdle();
    if (!word.includes("w")) {
      reply(out);
      return null;
    }
    return this.#reactor.promise((resolve) => {
      this.#goOn = () => resolve(reply);
    });
  }

  goOn(): void {
    this.#goOn();
  }

  #dawdle(): void {
    if (this.begun.length === 1) {
      this.#reactor.soon(() => {
        this.begunByTurn = this.begun.length;
      });
    }
    const end = monotonicMs() + turnMsMax;
    while (monotonicMs() < end);
  }
}
