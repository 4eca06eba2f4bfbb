/** What is to be run in a guest. */
export interface Order {
  /** The program, a path or a name that the guest's PATH has, and its arguments. */
  readonly argv: readonly [program: string, ...args: string[]];
  /** `KEY=VALUE`, on top of the agent's own environment. */
  readonly env: readonly string[];
  /** The folder it begins in; null for the agent's own. */
  readonly cwd: string | null;
  /** Whose rights it has; null for the agent's own. */
  readonly user: string | null;
  /** The size of its terminal; null for none. */
  readonly tty: TerminalSize | null;
}

export interface TerminalSize {
  readonly rows: number;
  readonly columns: number;
}

/** How a program ended: one of the two is a number. */
export interface Ending {
  readonly exitCode: number | null;
  readonly signal: number | null;
}

/** What came since the last look. */
export interface Progress {
  readonly stdout: Uint8Array;
  readonly stderr: Uint8Array;
  /** Null while it runs. */
  readonly ending: Ending | null;
  /** It has ended and nothing more will come. */
  readonly isDone: boolean;
}

/** A program that an agent has started. Each call is an exchange with the agent. */
export interface GuestProgram {
  readonly pid: number;
  /** Whether it can be written to while it runs. */
  readonly takesInput: boolean;
  /**
   * Asks what came, and how it is.
   * @param waitMs how long the agent may wait for something to come
   */
  look(waitMs: number): Promise<Progress>;
  /** Gives it input; answers how many bytes of it were taken. */
  write(bytes: Uint8Array): Promise<number>;
  /** There is no more input. */
  endInput(): Promise<void>;
  /** Sends a signal to it and the processes it has started. */
  signal(number: number): Promise<void>;
  resize(size: TerminalSize): Promise<void>;
}

/** It could not be started. */
export class StartError extends Error {
  override readonly name = "StartError";
  /** Whether there is no such program (shells exit with 127), rather than one that may not be run (126). */
  readonly isMissing: boolean;

  constructor(message: string, isMissing: boolean, options?: ErrorOptions) {
    super(message, options);
    this.isMissing = isMissing;
  }
}

/** An agent cannot do what was asked for. */
export class LackError extends Error {
  override readonly name = "LackError";
}
