import { type Remark, shortened } from "./log-line.ts";

/** A message that comes again within so long is counted instead of written. */
export const foldedUsMax = 60_000_000n;

/** So many messages are remembered: hosts poll with a few commands in turn. */
export const foldedMessagesMax = 16;

/** So much of each; longer ones are taken for the same when they begin alike and are as long. */
const foldedCharsMax = 1024;

const usPerSecond = 1_000_000n;

interface Folded {
  readonly remark: Remark;
  readonly sinceUs: bigint;
  count: number;
}

/**
 * Folds what is logged again and again. How often a message came again is told when the next one of any kind comes
 * after `foldedUsMax`, or at the end: nobody is woken for it.
 */
export class RepeatedRemarks {
  readonly #pass: (remark: Remark, nowUs: bigint) => void;
  /** By level and message, the oldest first. */
  readonly #folded = new Map<string, Folded>();

  constructor(pass: (remark: Remark, nowUs: bigint) => void) {
    this.#pass = pass;
  }

  take(remark: Remark, nowUs: bigint): void {
    for (const [key, folded] of this.#folded) {
      // Not in the future either: the clock may have been set back.
      if (folded.sinceUs <= nowUs && nowUs - folded.sinceUs < foldedUsMax) break;
      this.#tell(key, folded, nowUs);
    }
    const message = shortened(remark.message, foldedCharsMax);
    const key = `${remark.level}: ${message}`;
    const known = this.#folded.get(key);
    if (known !== undefined) {
      known.count++;
      return;
    }
    if (this.#folded.size >= foldedMessagesMax) this.#forgetOldest(nowUs);
    const { id: _, ...kept } = remark;
    this.#folded.set(key, { remark: { ...kept, message }, sinceUs: nowUs, count: 0 });
    this.#pass(remark, nowUs);
  }

  /** Tells what has been counted so far. */
  flush(nowUs: bigint): void {
    for (const [key, folded] of this.#folded) this.#tell(key, folded, nowUs);
  }

  #forgetOldest(nowUs: bigint): void {
    const [oldest] = this.#folded;
    if (oldest !== undefined) this.#tell(...oldest, nowUs);
  }

  #tell(key: string, { remark, sinceUs, count }: Folded, nowUs: bigint): void {
    this.#folded.delete(key);
    if (count === 0) return;
    const seconds = nowUs > sinceUs ? (nowUs - sinceUs + usPerSecond / 2n) / usPerSecond : 0n;
    const message = `${count} more in ${seconds} s: ${remark.message}`;
    this.#pass({ ...remark, message, repeated: count }, nowUs);
  }
}
