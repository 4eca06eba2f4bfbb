import { TransportError } from "../errors.ts";

/** How a program ended, and what it said. */
export interface Ended {
  readonly status: number;
  readonly stdout: Uint8Array;
  readonly stderr: string;
}

/** Of what a program complains; more of it is dropped. */
const complaintBytesMax = 16 * 1024;

interface Options {
  /** On top of this process's own. */
  readonly environment: Readonly<Record<string, string>>;
  /** More standard output than this is an error. */
  readonly outputBytesMax: number;
  /** Kills it. */
  readonly deadline: AbortSignal;
}

/**
 * Runs a program of the host's to its end, without a shell and with nothing to read. It is in a session of its own: a
 * Ctrl-C on the terminal is for us, and what is under way is carried out.
 *
 * @returns null when the deadline came first
 * @throws TransportError when it cannot be started, is killed, or says too much
 */
export async function runBounded(
  [program = "", ...args]: readonly string[],
  { environment, outputBytesMax, deadline }: Options,
): Promise<Ended | null> {
  // Not imported for the sake of the agent's start, see LineStream.connect.
  const { spawn } = process.getBuiltinModule("node:child_process");
  if (deadline.aborted) return null;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      env: { ...process.env, ...environment },
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    const kill = () => child.kill("SIGKILL");
    deadline.addEventListener("abort", kill);
    const stdout: Uint8Array[] = [];
    let stdoutBytes = 0;
    child.stdout.on("data", (chunk: Uint8Array) => {
      stdoutBytes += chunk.length;
      if (stdoutBytes > outputBytesMax) kill();
      else stdout.push(chunk);
    });
    let stderr = "";
    child.stderr.on("data", (chunk: Buffer) => {
      if (stderr.length < complaintBytesMax) stderr += chunk.toString();
    });
    child.on("error", (error: NodeJS.ErrnoException) => {
      deadline.removeEventListener("abort", kill);
      reject(
        new TransportError(`Cannot run ${program}: ${error.code ?? error.message}`, {
          cause: error,
        }),
      );
    });
    child.on("close", (status, signal) => {
      deadline.removeEventListener("abort", kill);
      if (stdoutBytes > outputBytesMax) {
        reject(new TransportError(`${program} said more than ${outputBytesMax} bytes`));
      } else if (deadline.aborted) resolve(null);
      else if (status === null) reject(new TransportError(`${program} was killed by ${signal}`));
      else resolve({ status, stdout: Buffer.concat(stdout), stderr });
    });
  });
}
