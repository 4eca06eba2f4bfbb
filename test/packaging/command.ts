/** Runs a program to its end. */
export function run(
  command: readonly string[],
  options: { readonly cwd?: string; readonly env?: Readonly<Record<string, string>> } = {},
) {
  const { exitCode, stdout, stderr, signalCode } = Bun.spawnSync([...command], {
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    env: { ...process.env, ...options.env },
  });
  return {
    exitCode,
    signal: signalCode ?? null,
    stdout: stdout.toString(),
    stderr: stderr.toString(),
  };
}

/** The same for one that has to succeed; gives what it wrote. @throws Error with its output */
export function output(...[command, options]: Parameters<typeof run>): string {
  const { exitCode, stdout, stderr } = run(command, options);
  if (exitCode !== 0)
    throw new Error(`${command.join(" ")}: exit code ${exitCode}\n${stdout}${stderr}`);
  return stdout;
}
