import { realtimeNs } from "../../native/clock.ts";
import { SysError } from "../../native/errno.ts";
import { type ChainEnd, chainedLine, sumOf, type Torn } from "./audit-chain.ts";
import { safeJson } from "./safe-json.ts";
import { timestamp } from "./timestamp.ts";

/** So many lines wait at the most while they cannot be written; later ones are counted. */
export const waitingLinesMax = 1024;

/** And so many characters of them. */
export const waitingCharsMax = 4 * 1024 * 1024;

const nsPerUs = 1000n;

/** Where lines go. */
export interface AuditOutlet {
  /** For texts: a path, or what else it is. */
  readonly name: string;
  /** Where the chain that is there already ends, and whether its last line is torn. @throws SysError */
  resume(): { readonly end: ChainEnd; readonly torn?: Torn };
  /**
   * Writes a line, to which it adds the newline. One that was written in part only is given again.
   * @throws SysError when it is not written whole
   */
  write(line: string): void;
  close(): void;
}

/** What the log needs to know of frozen file systems. */
export interface AuditFreezing {
  readonly isFrozen: boolean;
  whenThawed(act: () => void): void;
}

/** Who is told of what becomes of the log itself. */
export interface AuditReport {
  critical(message: string): void;
  message(message: string): void;
}

/**
 * The audit log: one line of JSON for each event, chained by sums. While file systems are frozen, or the outlet fails,
 * lines wait in memory, bounded; what is lost is counted in the log. Nothing here throws.
 */
export class AuditLog {
  readonly #outlet: AuditOutlet;
  readonly #freezing: AuditFreezing;
  readonly #report: AuditReport;
  readonly #nowUs: () => bigint;
  /** Bodies of lines: they are chained when they are written. */
  readonly #waiting: string[] = [];
  #waitingChars = 0;
  #lostCount = 0;
  /** Null until the outlet could be asked for it. */
  #end: ChainEnd | null = null;
  #torn: Torn | undefined;
  /** The first of those that wait, chained. */
  #next: string | null = null;
  #isFailing = false;
  #awaitsThaw = false;

  constructor(
    outlet: AuditOutlet,
    freezing: AuditFreezing,
    report: AuditReport,
    nowUs: () => bigint = () => realtimeNs() / nsPerUs,
  ) {
    this.#outlet = outlet;
    this.#freezing = freezing;
    this.#report = report;
    this.#nowUs = nowUs;
  }

  /** Writes a line, now or as soon as that is possible. */
  keep(event: Readonly<Record<string, unknown>>): void {
    const body = safeJson({ time: timestamp(this.#nowUs()), ...event }).slice(1, -1);
    const isFull =
      this.#waiting.length >= waitingLinesMax || this.#waitingChars + body.length > waitingCharsMax;
    if (isFull && !this.#freezing.isFrozen) this.#writeOut();
    // The first ones stay: what came before a flood is worth more than the flood.
    if (isFull && this.#waiting.length > 0) this.#lostCount++;
    else this.#wait(body);
    if (!this.#freezing.isFrozen) return this.#writeOut();
    if (this.#awaitsThaw) return;
    this.#awaitsThaw = true;
    this.#freezing.whenThawed(() => {
      this.#awaitsThaw = false;
      this.#writeOut();
    });
  }

  /** For the end of the agent; what cannot be written then is lost, and told. */
  close(): void {
    if (this.#freezing.isFrozen) return;
    this.keep({ event: "stop" });
    const lost = this.#waiting.length + this.#lostCount;
    if (lost > 0) this.#report.critical(`${lost} lines of the audit log are lost`);
    try {
      this.#outlet.close();
    } catch (error) {
      this.#fail(error);
    }
  }

  #wait(body: string): void {
    this.#waiting.push(body);
    this.#waitingChars += body.length;
  }

  #writeOut(): void {
    try {
      while (this.#waiting.length > 0) this.#writeFirst();
    } catch (error) {
      return this.#fail(error);
    }
    if (this.#isFailing) this.#report.message(`audit log ${this.#outlet.name} is written again`);
    this.#isFailing = false;
    if (this.#lostCount === 0) return;
    const lines = this.#lostCount;
    this.#lostCount = 0;
    this.keep({ event: "lost", lines });
  }

  #writeFirst(): void {
    const body = this.#waiting[0] as string;
    this.#end ??= this.#resume();
    this.#next ??= chainedLine(this.#end, body, this.#torn);
    this.#outlet.write(this.#next);
    this.#end = { seq: this.#end.seq + 1, sum: sumOf(this.#next) };
    this.#next = null;
    this.#torn = undefined;
    this.#waiting.shift();
    this.#waitingChars -= body.length;
  }

  #resume(): ChainEnd {
    const { end, torn } = this.#outlet.resume();
    this.#torn = torn;
    return end;
  }

  #fail(error: unknown): void {
    if (!(error instanceof SysError)) throw error;
    if (this.#isFailing) return;
    this.#isFailing = true;
    const { name } = this.#outlet;
    this.#report.critical(
      `audit log ${name} cannot be written, its lines are kept in memory: ${error.text}`,
    );
  }
}
