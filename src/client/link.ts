/** JSON text without a newline, or its bytes in pieces. */
export type RequestText = string | readonly Uint8Array[];

/** How one exchange is to go. */
export interface Exchange<Reply> {
  /** Aborted when the reply has been waited for long enough, or is not wanted any more. */
  readonly deadline: AbortSignal;
  /** How long that is. */
  readonly timeoutMs: number;
  /** `none`: success is told by no bytes at all, as for a shutdown. */
  readonly success: "reply" | "none";
  /** Makes of a reply what is kept of it: its bytes may be gone afterwards. */
  readonly read: (line: Uint8Array) => Reply;
}

/** A way to one agent, which carries out one request after the other. */
export interface Link {
  /** Whether requests may be sent before the replies to those in front of them have come. */
  readonly takesAhead: boolean;
  /** A request longer than this, in bytes of JSON, cannot be sent. */
  readonly requestBytesMax: number;
  /** What an exchange costs this machine: so long an agent may as well wait for something to tell. */
  readonly costMs: number;
  /**
   * Sends one request and gives its reply, behind the replies to those that are under way; null where success is told by silence and nothing was said. After an
   * exchange that failed, those under way fail as well and the next one begins afresh: a late reply is never taken for
   * another's.
   *
   * @throws TransportError, DeadlineError; AgentError where the way itself tells the agent's refusal; what `read` throws
   */
  exchange<Reply>(request: RequestText, exchange: Exchange<Reply>): Promise<Reply | null>;
  close(): void;
}
