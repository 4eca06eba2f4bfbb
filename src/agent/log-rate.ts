/** How much may be logged. */
export interface LogLimits {
  /** In the long run. */
  readonly linesPerSecond: number;
  /** At once, after a time of quiet. */
  readonly burstLines: number;
}

/** A host can have lines written that differ from each other; a disk is to last for weeks of it. */
export const logLinesPerSecondDefault = 20;

/** More than any trouble needs to be told. */
export const logBurstLinesDefault = 2_000;

/** What has run over is closed for as long as that many seconds' lines take, so that it is told once and not each time. */
const closedSeconds = 10;

const usPerSecond = 1_000_000;

/** A bucket of lines that fills up by the clock. What is over is counted. */
export class LogRate {
  readonly #limits: LogLimits;
  #lines: number;
  #isClosed = false;
  #lastUs: bigint | null = null;
  #leftOutCount = 0;

  constructor(limits: LogLimits) {
    this.#limits = limits;
    this.#lines = limits.burstLines;
  }

  /** Whether one more line may be written now, which counts it. */
  admits(nowUs: bigint): boolean {
    const passedUs = this.#lastUs === null ? 0 : Number(nowUs - this.#lastUs);
    this.#lastUs = nowUs;
    const { linesPerSecond, burstLines } = this.#limits;
    // A clock that was set back fills nothing.
    const filled = (Math.max(passedUs, 0) / usPerSecond) * linesPerSecond;
    this.#lines = Math.min(this.#lines + filled, burstLines);
    const needed = this.#isClosed ? Math.min(linesPerSecond * closedSeconds, burstLines) : 1;
    this.#isClosed = this.#lines < needed;
    if (this.#isClosed) this.#leftOutCount++;
    else this.#lines--;
    return !this.#isClosed;
  }

  /** What is to be said of lines that were left out since this was asked last; null if there are none. */
  takeNotice(): string | null {
    const count = this.#leftOutCount;
    if (count === 0) return null;
    this.#leftOutCount = 0;
    return `${count} lines were left out here: more than ${this.#limits.linesPerSecond} a second came`;
  }
}
