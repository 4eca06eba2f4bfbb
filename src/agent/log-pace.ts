import type { Remark } from "./log-line.ts";
import {
  type LogLimits,
  LogRate,
  logBurstLinesDefault,
  logLinesPerSecondDefault,
} from "./log-rate.ts";
import { RepeatedRemarks } from "./log-repeats.ts";

/** Where lines go that are to be written. */
export interface PacedOutlets {
  readonly log: (remark: Remark, nowUs: bigint) => void;
  readonly syslog: (text: string) => void;
}

/** Folds repeats, and keeps the log and the system log, each for itself, below their limits. */
export class LogPace {
  readonly #outlets: PacedOutlets;
  readonly #repeats = new RepeatedRemarks((remark, nowUs) => this.#admit(remark, nowUs));
  readonly #logRate: LogRate;
  readonly #syslogRate: LogRate;

  constructor(limits: Partial<LogLimits>, outlets: PacedOutlets) {
    const all = {
      linesPerSecond: limits.linesPerSecond ?? logLinesPerSecondDefault,
      burstLines: limits.burstLines ?? logBurstLinesDefault,
    };
    this.#outlets = outlets;
    this.#logRate = new LogRate(all);
    this.#syslogRate = new LogRate(all);
  }

  log(remark: Remark, nowUs: bigint): void {
    this.#repeats.take(remark, nowUs);
  }

  /** Not folded: each line says when the host did something. */
  audit(text: string, nowUs: bigint): void {
    if (!this.#syslogRate.admits(nowUs)) return;
    this.#tellOfSyslog();
    this.#outlets.syslog(text);
  }

  /** Tells what has been counted so far. For the end. */
  flush(nowUs: bigint): void {
    this.#repeats.flush(nowUs);
    this.#tellOfLog(nowUs);
    this.#tellOfSyslog();
  }

  #admit(remark: Remark, nowUs: bigint): void {
    if (!this.#logRate.admits(nowUs)) return;
    this.#tellOfLog(nowUs);
    this.#outlets.log(remark, nowUs);
  }

  #tellOfLog(nowUs: bigint): void {
    const message = this.#logRate.takeNotice();
    if (message !== null) this.#outlets.log({ level: "warning", message }, nowUs);
  }

  #tellOfSyslog(): void {
    const notice = this.#syslogRate.takeNotice();
    if (notice !== null) this.#outlets.syslog(notice);
  }
}
