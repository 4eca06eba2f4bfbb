import { agentPath } from "./agent.ts";

/** A guestwire whose three streams are pipes. */
export interface Piped {
  readonly process: ReturnType<typeof spawnPiped>;
  /** Resolves with what it said when it has ended. */
  ended(): Promise<PipedOutcome>;
}

export interface PipedOutcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

type Environment = Readonly<Record<string, string>>;

function spawnPiped(args: readonly string[], environment: Environment) {
  return Bun.spawn([agentPath, ...args], {
    argv0: "guestwire",
    cwd: "/",
    env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", ...environment },
    stdin: "pipe",
    stdout: "pipe",
    stderr: "pipe",
  });
}

/** Runs a subcommand; its input stays open until it is ended. */
export function startPiped(args: readonly string[], environment: Environment = {}): Piped {
  const process = spawnPiped(args, environment);
  return {
    process,
    async ended() {
      const [stdout, stderr, code] = await Promise.all([
        new Response(process.stdout).text(),
        new Response(process.stderr).text(),
        process.exited,
      ]);
      return { code, stdout, stderr };
    },
  };
}

/** Runs a subcommand to its end, with `input` and nothing behind it. */
export async function runPiped(
  args: readonly string[],
  input: string | Uint8Array = "",
  environment: Environment = {},
): Promise<PipedOutcome> {
  const piped = startPiped(args, environment);
  piped.process.stdin.write(input);
  await piped.process.stdin.end();
  return piped.ended();
}
