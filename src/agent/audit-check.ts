import {
  auditLineBytesMax,
  beginning,
  type ChainEnd,
  genesis,
  type Link,
  linkOf,
  sumOf,
} from "./audit-chain.ts";

/** Where a line stands, for people. */
export interface Place {
  readonly file: string;
  /** From 1. */
  readonly line: number;
}

/** The first thing that does not fit. */
export class ChainFault extends Error {
  override readonly name = "ChainFault";
  readonly place: Place;

  constructor(place: Place, reason: string) {
    super(reason);
    this.place = place;
  }
}

interface Piece {
  readonly bytes: Uint8Array;
  readonly place: Place;
}

export interface CheckRules {
  /** Of the journal, where each start of the agent begins a chain. */
  readonly manyChains: boolean;
}

/** Follows an audit log line by line. Lines have to come in their order. */
export class ChainCheck {
  readonly #rules: CheckRules;
  /** Of the last line that fits; null before the first. */
  #end: ChainEnd | null = null;
  /** A line that is none, which is right if the next one says that it was torn. */
  #unread: Piece | null = null;
  /** The beginning of a line at the end of a file. */
  #cut: Piece | null = null;
  #first: Link | null = null;
  #lineCount = 0;
  #tornCount = 0;
  #chainCount = 0;

  constructor(rules: CheckRules) {
    this.#rules = rules;
  }

  get lineCount(): number {
    return this.#lineCount;
  }

  /** Lines that an agent left unfinished when it or its machine was killed. */
  get tornCount(): number {
    return this.#tornCount;
  }

  get chainCount(): number {
    return this.#chainCount;
  }

  get first(): Link | null {
    return this.#first;
  }

  get end(): ChainEnd | null {
    return this.#end;
  }

  /** @param bytes without the newline @returns the sum of the line @throws ChainFault */
  line(bytes: Uint8Array, place: Place): string {
    this.#goOnFromCut(bytes);
    const link = bytes.length > auditLineBytesMax ? null : linkOf(Buffer.from(bytes).toString());
    const sum = sumOf(bytes);
    if (link === null) {
      this.#complainOfUnread();
      this.#unread = { bytes, place };
      return sum;
    }
    if (this.#isNewChain(link, place)) this.#chainCount++;
    else this.#goOn(link, place);
    this.#unread = null;
    this.#first ??= link;
    this.#end = { seq: link.seq, sum };
    this.#lineCount++;
    return sum;
  }

  /** What is behind the last newline of a file; right only where the next file has the whole line. @throws ChainFault */
  cut(bytes: Uint8Array, place: Place): void {
    this.#complainOfUnread();
    this.#cut = { bytes, place };
  }

  /** There are no more lines. @throws ChainFault */
  finish(): void {
    this.#complainOfUnread();
    if (this.#cut !== null) throw cutOff(this.#cut);
  }

  /** An agent that finds no file, since that was moved away while no agent ran, begins a chain as well. */
  #isNewChain({ seq, prev }: Link, { line }: Place): boolean {
    if (seq !== 1 || prev !== genesis || this.#unread !== null) return false;
    return line === 1 || this.#rules.manyChains;
  }

  #goOn(link: Link, place: Place): void {
    if (this.#end === null) this.#chainCount++;
    // The lines before were rotated away.
    if (this.#end === null && this.#unread === null) return;
    const end = this.#end ?? beginning;
    if (this.#unread !== null) this.#acceptTorn(link, end, this.#unread);
    else if (link.prev !== end.sum) throw new ChainFault(place, misfit(link, end));
    if (link.seq !== end.seq + 1) {
      throw new ChainFault(place, `has the number ${link.seq} where ${end.seq + 1} should be`);
    }
  }

  #acceptTorn({ torn, prev }: Link, end: ChainEnd, { bytes, place }: Piece): void {
    const isTold = torn?.bytes === bytes.length && torn.after === end.sum;
    if (!isTold || prev !== sumOf(bytes)) throw noLine(place);
    this.#tornCount++;
  }

  #goOnFromCut(bytes: Uint8Array): void {
    const cut = this.#cut;
    if (cut === null) return;
    const isWholeHere = Buffer.from(bytes).subarray(0, cut.bytes.length).equals(cut.bytes);
    if (!isWholeHere) throw cutOff(cut);
    this.#cut = null;
  }

  #complainOfUnread(): void {
    if (this.#unread !== null) throw noLine(this.#unread.place);
  }
}

function noLine(place: Place): ChainFault {
  return new ChainFault(place, "is no line of an audit log");
}

function cutOff({ bytes, place }: Piece): ChainFault {
  return new ChainFault(place, `is cut off after ${bytes.length} bytes`);
}

function misfit({ seq }: Link, end: ChainEnd): string {
  const between = seq - end.seq - 1;
  if (between === 0) return "does not fit to the line before it: one of the two was changed";
  if (between > 0) return `does not fit to the line before it: ${between} lines are missing`;
  return "does not fit to the line before it: it is an older one, or of another chain";
}
