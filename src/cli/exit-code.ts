/** Exit codes of the client's subcommands, as docker, coreutils' timeout and ssh have them. */
export const exitCode = {
  done: 0,
  /** The agent answered with an error. */
  refused: 1,
  timeout: 124,
  /** Wrong use of the subcommand. */
  usage: 125,
  /** Broken off by SIGINT, as shells say it. */
  interrupted: 130,
  /** No way to the agent. */
  transport: 255,
} as const;
