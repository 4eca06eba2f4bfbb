import type { ErrorClass } from "../wire/reply.ts";

/** So many requests wait behind a command that takes its time; the host's further ones stay in the channel. */
export const waitingRequestsMax = 256;

/** The same for their bytes: one more is taken as long as those before it are fewer. */
export const waitingBytesMax = 1024 * 1024;

/** A command that has not ended yet. */
export interface Unfinished {
  /** Its reply is for the host that asked, as long as that one has not begun anew, and for no later one. */
  isWanted: boolean;
  /** What its request lies in. */
  readonly memory: ArrayBuffer;
}

/** What came behind it, in the order in which it came. */
export type Waiting =
  | { readonly kind: "request"; readonly text: Uint8Array; isWanted: boolean }
  | {
      readonly kind: "error";
      readonly errorClass: ErrorClass;
      readonly desc: string;
      isWanted: boolean;
    };

/**
 * A command that waits for something, and what the host has sent in the meantime. All of it is carried out in order. But
 * a host that sends 0xFF has given up on what it asked before: then the replies to that are unwanted, and a sync that
 * follows can be answered at once.
 */
export class Backlog {
  #unfinished: Unfinished | null = null;
  #waiting: Waiting[] = [];
  #waitingBytes = 0;
  #isAnew = false;
  readonly #onPressed: () => void;

  /** `onPressed`: a command is under way that others wait for, or whose reply nobody wants any more. */
  constructor(onPressed: () => void = () => {}) {
    this.#onPressed = onPressed;
  }

  /** Whether a command has not ended. */
  get isBusy(): boolean {
    return this.#unfinished !== null;
  }

  /** Nothing is under way and nothing waits. */
  get isIdle(): boolean {
    return this.#unfinished === null && this.#waiting.length === 0;
  }

  /** No more is to be received now. */
  get isFull(): boolean {
    return this.#waiting.length >= waitingRequestsMax || this.#waitingBytes >= waitingBytesMax;
  }

  /** The host has begun anew, and nothing it still wants waits. */
  get isAnew(): boolean {
    return this.#isAnew;
  }

  /** A command does not end at once. */
  begin(memory: ArrayBuffer): Unfinished {
    const unfinished: Unfinished = { isWanted: true, memory };
    this.#unfinished = unfinished;
    this.#isAnew = false;
    if (this.#waiting.length > 0) this.#onPressed();
    return unfinished;
  }

  /** It has ended. */
  end(): void {
    this.#unfinished = null;
    this.#isAnew = false;
  }

  /** Adds a request; its bytes are copied. */
  push(text: Uint8Array): void {
    this.#add({ kind: "request", text: text.slice(), isWanted: true }, text.length);
  }

  /** Adds an error that is to be told in its turn. */
  writeError(errorClass: ErrorClass, desc: string): void {
    this.#add({ kind: "error", errorClass, desc, isWanted: true }, desc.length);
  }

  #add(waiting: Waiting, byteCount: number): void {
    this.#waiting.push(waiting);
    this.#waitingBytes += byteCount;
    this.#isAnew = false;
    this.#onPressed();
  }

  /** Takes what came first of all that waits. */
  shift(): Waiting | undefined {
    const waiting = this.#waiting.shift();
    if (waiting === undefined) return undefined;
    this.#waitingBytes -= waiting.kind === "request" ? waiting.text.length : waiting.desc.length;
    return waiting;
  }

  /** Whoever asked for all of this has left, or begun anew: it is carried out, and nobody is told. */
  disown(): void {
    if (this.#unfinished !== null) this.#unfinished.isWanted = false;
    for (const waiting of this.#waiting) waiting.isWanted = false;
    this.#isAnew = this.#unfinished !== null;
    if (this.#unfinished !== null) this.#onPressed();
  }
}
