import type { AgentSetup } from "./agent-process.ts";
import type { DifferenceId } from "./differences.ts";

/**
 * What is sent. A string goes out as UTF-8; `<word>` in it is replaced when an earlier `ask` kept a value under
 * that word. Bytes go out as they are.
 */
export type Payload = string | Uint8Array;

/** A function is called when its turn comes, so that large bytes do not live long. */
export type LazyPayload = Payload | (() => Payload);

export type Step =
  /** Sends and does not wait. */
  | { readonly send: LazyPayload }
  /**
   * Sends (perhaps nothing) and waits for one reply line; with `keep`, the integer it returns, alone or as `pid`, is
   * known as `<keep>` from then on. It is sent again as long as the reply is `again`.
   */
  | { readonly ask: LazyPayload; readonly keep?: string; readonly again?: string }
  /** Notes size, permission bits and content of a file in the working folder. */
  | { readonly look: string }
  /** Does something on the agent's machine; what it returns goes into the transcript. */
  | { readonly act: (place: Place) => string | undefined | Promise<string | undefined> }
  /** Ends our stream, then reads replies up to the end of the agent's. */
  | { readonly halfClose: true }
  /** Closes the connection at once. The next step opens a new one. */
  | { readonly hangUp: true }
  /** Goes on with another connection, which is opened at its first mention. The first one is called "a". */
  | { readonly client: string };

export type Place = {
  /** The agent's working folder. */
  readonly work: string;
  readonly state: string;
  readonly socketPath: string;
  readonly pid: number;
  restart(signal: NodeJS.Signals): Promise<void>;
};

export type Case = {
  readonly name: string;
  readonly setUp?: (work: string) => void;
  readonly steps: readonly Step[];
  /** What qemu-ga answers, line by line, notes of `look` and `act` in between. */
  readonly replies: readonly string[];
  /** Set where guestwire answers otherwise on purpose; `ours` is then what it answers. */
  readonly difference?: DifferenceId;
  readonly ours?: readonly string[];
  /** Replaces facts that change from run to run by a word, after having checked them. */
  readonly facts?: (line: string) => string;
};

/** Cases that share one pair of agents. */
export type Suite = {
  readonly topic: string;
  readonly setup?: AgentSetup;
  readonly cases: readonly Case[];
};

/** A case that sends bytes in one go and lists the replies. */
export function sends(
  name: string,
  payload: Payload,
  replies: readonly string[],
  more: Pick<Case, "difference" | "ours" | "facts"> = {},
): Case {
  return { name, steps: [{ send: payload }], replies, ...more };
}

/** Raw bytes: each character of `latin1` (U+0000 to U+00FF) is one byte. */
export function bytes(latin1: string): Uint8Array {
  return Buffer.from(latin1, "latin1");
}

/** Joins text (sent as UTF-8) and raw bytes. */
export function join(...parts: Payload[]): Uint8Array {
  return Buffer.concat(parts.map((part) => Buffer.from(part)));
}

/** A request object for `command` with its arguments given as JSON text. */
export function request(command: string, argumentsText = "{}"): string {
  return `{"execute":"${command}","arguments":${argumentsText}}`;
}
