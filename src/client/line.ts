/** What a client talks through: bytes out, lines in. */
export interface Line {
  /** Sends all of it, now or together with the next wait for a line. */
  write(bytes: Uint8Array): void;
  /** The next line without its newline, which may last no longer than until the one after it is asked for. @throws DeadlineError, TransportError */
  line(deadline: AbortSignal): Promise<Uint8Array>;
  close(): void;
}
