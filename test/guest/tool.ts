/** What a tool of this machine said and how it ended. */
export interface ToolResult {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program of this machine to its end, in English, without input. */
export async function runTool(argv: readonly string[], cwd?: string): Promise<ToolResult> {
  const child = Bun.spawn([...argv], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    env: { ...process.env, LC_ALL: "C" },
    ...(cwd === undefined ? {} : { cwd }),
  });
  const [status, stdout, stderr] = await Promise.all([
    child.exited,
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  return { status, stdout, stderr };
}

/** Of standard output; debootstrap tells there what is wrong. */
const lastWordsChars = 2_000;

/** Like {@link runTool}, but a status other than 0 is an error that carries what the tool wrote last. */
export async function mustRunTool(argv: readonly string[], cwd?: string): Promise<string> {
  const { status, stdout, stderr } = await runTool(argv, cwd);
  if (status !== 0) {
    const words = `${stdout.slice(-lastWordsChars)}${stderr}`.trim();
    throw new Error(`"${argv.join(" ")}" ended with status ${status}: ${words}`);
  }
  return stdout;
}

/** Returns the path of a program that may be an administrator's, whose folders not everybody has in PATH; or null. */
export function findSystemProgram(name: string): string | null {
  return Bun.which(name, { PATH: `${process.env.PATH ?? ""}:/usr/sbin:/sbin` });
}

/** @throws when this machine does not have the program */
export function systemProgram(name: string): string {
  const path = findSystemProgram(name);
  if (path === null) throw new Error(`This machine has no "${name}"`);
  return path;
}
