type Argv = readonly [program: string, ...args: string[]];

/**
 * A command line that runs another with variables on top of the agent's own environment. What guest-exec takes is a
 * whole environment, without a PATH; env(1) of the guest has the effect, and the exit codes 126 and 127.
 */
export function withEnvironment(argv: Argv, variables: readonly string[]): Argv {
  if (variables.length === 0) return argv;
  // env(1) would take a program of such a name for one more variable.
  const command = argv[0].includes("=") ? ["sh", "-c", 'exec "$0" "$@"', ...argv] : argv;
  return ["env", ...variables, ...command];
}
