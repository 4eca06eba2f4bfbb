/** The C compilers that are asked about layouts and prototypes: one for each architecture. */
const candidates: readonly (readonly [arch: string, command: string])[] = [
  ["x86-64", process.arch === "x64" ? "cc" : "x86_64-linux-gnu-gcc"],
  ["arm64", process.arch === "arm64" ? "cc" : "aarch64-linux-gnu-gcc"],
];

export const compilers = candidates.map(([arch, command]) => ({
  arch,
  command,
  have: Bun.which(command) !== null,
}));

/** Has a C source checked without producing anything; the complaints, empty when there are none. */
export function complaints(command: string, source: string): string {
  const { exitCode, stderr } = Bun.spawnSync(
    [command, "-std=gnu11", "-fsyntax-only", "-Werror", "-Wall", "-x", "c", "-"],
    { stdin: Buffer.from(source), env: { ...process.env, LC_ALL: "C" } },
  );
  return exitCode === 0 ? "" : stderr.toString();
}
