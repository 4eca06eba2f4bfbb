import { qemuGa } from "../differential/binaries.ts";

export interface Outcome {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs qemu-ga to its end; `-D` or a fault in the options must see to it that there is one. */
export function runQemuGa(
  argv: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Outcome {
  const { exitCode, stdout, stderr } = Bun.spawnSync([qemuGa.path, ...argv], {
    argv0: "qemu-ga",
    // Before its log is set up, GLib writes curly quotes as question marks unless it is told this way.
    env: { CHARSET: "UTF-8", QGA_CONF: "/nonexistent/qemu-ga.conf", ...environment },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  return { exitCode, stdout: stdout.toString(), stderr: stderr.toString() };
}

/** The message of GLib's own log line, as it looks before the agent has set up its log. */
export function glibMessage(stderr: string): string | undefined {
  return /\*\* \(process:\d+\): [A-Z]+ \*\*: [\d:.]+: (.*)\n$/.exec(stderr)?.[1];
}
