/** One point where guestwire answers otherwise than the recorded qemu-ga 7.2, on purpose. */
export type Difference = {
  /** What is concerned. */
  readonly what: string;
  readonly qemuGa: string;
  readonly guestwire: string;
  readonly why: string;
};

/**
 * Every deliberate difference that a differential test has seen, by id. An entry that no case uses, or that no
 * longer differs, fails the tests.
 */
export const differences = {
  "client-leaves-reply-unread": {
    what: "a client of unix-listen that closes while a reply waits unread in its socket",
    qemuGa: "takes the reset (ECONNRESET) for a broken channel and ends, exit status 0",
    guestwire: "takes it for the end of that client and serves the next one",
    why: "A client that crashes or gives up must not end the agent for all others.",
  },
  "handle-after-failed-close": {
    what: "guest-file-close that fails (the buffered data could not be written)",
    qemuGa: "keeps the dead handle; using it again is undefined, closing it again kills the agent",
    guestwire: "the handle is closed: `handle '%d' has not been found` from then on",
    why: "fclose() frees the stream also when it fails, so nothing can be done with the handle any more.",
  },
} as const satisfies Record<string, Difference>;

export type DifferenceId = keyof typeof differences;
