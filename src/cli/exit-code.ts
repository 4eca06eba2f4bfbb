/** Exit codes of the client's subcommands, as docker, coreutils' timeout and ssh have them. */
export const exitCode = {
  done: 0,
  /** The agent answered with an error. */
  refused: 1,
  timeout: 124,
  /** Wrong use of the subcommand. */
  usage: 125,
  /** A program may not be run. */
  notRunnable: 126,
  /** A program is not there. */
  notFound: 127,
  /** With the signal's number added: a signal ended it. */
  killed: 128,
  /** Broken off by SIGINT, as shells say it. */
  interrupted: 130,
  /** Nobody reads the output any more: what SIGPIPE ends, as shells say it. */
  brokenPipe: 141,
  /** No way to the agent. */
  transport: 255,
} as const;
