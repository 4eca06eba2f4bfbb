import { monotonicMs } from "../../native/clock.ts";
import type { Reactor } from "../../native/reactor.ts";
import { turnMsMax, unsentBytesMax } from "../../src/agent/conversation.ts";
import type { LateReply } from "../../src/agent/dispatcher.ts";
import type { Noise } from "../../src/wire/noise.ts";
import type { ReplyBuffer } from "../../src/wire/reply.ts";

export const bigReplyChars = 2 * unsentBytesMax;

/** What `{"b64":n}` is answered with. */
export function rawReply(byteCount: number): Uint8Array {
  return new Uint8Array(byteCount).fill(byteCount % 251);
}

/**
 * Answers `{"n":1}` and `{"execute":...}` with the text; one with a `w` in it has to wait until it is let go on, and one with an `s` takes all
 * the time of a turn, and one with a `q` a quarter of it. The reply to one with an `x` cannot be written, and the one to
 * `big` fills the queue. `{"b64":n}` is answered with so many bytes.
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
    const kind = /^\{"(\w+)"/.exec(word)?.[1]?.replace("execute", "") ?? "";
    if (kind.includes("s")) beforeActing();
    // The text is still there when the reply is written.
    const reply: LateReply = (late) => {
      if (kind.includes("x")) throw new Error("cannot be written");
      const rawBytes = Number(/"b64":(\d+)/.exec(word)?.[1] ?? -1);
      if (rawBytes >= 0) return late.writeReturn(rawReply(rawBytes), undefined, false);
      const isBig = kind === "big";
      const said = isBig ? "x".repeat(bigReplyChars) : Buffer.from(text).toString();
      late.writeReturn(said, undefined, false);
    };
    if (kind.includes("s")) this.#dawdle(turnMsMax);
    if (kind.includes("q")) this.#dawdle(turnMsMax / 4);
    if (!kind.includes("w")) {
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

  #dawdle(ms: number): void {
    if (this.begun.length === 1) {
      this.#reactor.soon(() => {
        this.begunByTurn = this.begun.length;
      });
    }
    const end = monotonicMs() + ms;
    while (monotonicMs() < end);
  }
}
