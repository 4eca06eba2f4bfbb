import { bytesOfPath } from "../../../../native/path-bytes.ts";
import { startCaptured } from "../../exec/captured.ts";
import { StartError } from "../../exec/program.ts";
import { CopyError } from "../errors.ts";
import type { GuestLine } from "../guest-line.ts";
import { refusal } from "../refusals.ts";

/** How a script ended that is not an error of its own making. */
export interface Ran {
  readonly exitCode: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** Exit codes of scripts, above those of the programs they run. */
export const scriptCode = {
  absent: 40,
  directory: 41,
  symlink: 42,
  otherThere: 43,
  mismatch: 45,
} as const;

/** How long is waited at once for a script to end. */
const lookMs = 500;

/** Bytes reach a script as octal digits, since requests are text; a dot keeps newlines at the end. */
const prelude = `export LC_ALL=C TZ=UTC0; umask 077
one=$(printf '%b.' "$1"); one=\${one%.}; two=$(printf '%b.' "$2"); two=\${two%.}
`;

/** Scripts in a guest, one after the other or a few at once. */
export class Shell {
  readonly #line: GuestLine;

  constructor(line: GuestLine) {
    this.#line = line;
  }

  get line(): GuestLine {
    return this.#line;
  }

  /**
   * Runs a script of sh(1) to its end.
   * @param words its arguments; the first two are what `octal` makes, and are decoded in $one and $two
   * @throws AgentError, TransportError, DeadlineError; CopyError when its output was cut
   */
  async run(
    script: string,
    words: readonly string[],
    input: Uint8Array | null = null,
  ): Promise<Ran> {
    const { client, signal } = this.#line;
    const argv = ["sh", "-c", prelude + script, "guestwire", ...words] as const;
    const order = { argv, env: [], cwd: null, user: null, tty: null };
    const program = await startCaptured(client, order, input).catch((error: unknown) => {
      if (error instanceof StartError) throw new CopyError(`Cannot run sh: ${error.message}`);
      throw refusal(error);
    });
    const [stdout, stderr]: [Uint8Array[], Uint8Array[]] = [[], []];
    for (;;) {
      signal.throwIfAborted();
      const now = await program.look(lookMs);
      stdout.push(now.stdout);
      stderr.push(now.stderr);
      if (!now.isDone) continue;
      if (program.truncated.includes("standard output")) {
        throw new CopyError("The agent cut off what it was asked for: there is too much of it");
      }
      return {
        exitCode: now.ending?.exitCode ?? -1,
        stdout: Buffer.concat(stdout),
        stderr: Buffer.concat(stderr).toString(),
      };
    }
  }

  /** The same for one that has to succeed. @throws CopyError with what it said */
  async must(
    what: string,
    script: string,
    words: readonly string[],
    input: Uint8Array | null = null,
  ): Promise<Buffer> {
    const ran = await this.run(script, words, input);
    if (ran.exitCode === 0) return ran.stdout;
    throw failed(what, ran);
  }
}

export function failed(what: string, { exitCode, stderr }: Ran): CopyError {
  const said = stderr.trim();
  return new CopyError(`${what}: ${said === "" ? `exit code ${exitCode}` : said}`);
}

/** Bytes as printf's %b reads them. */
export function octal(path: string): string {
  let text = "";
  for (const byte of bytesOfPath(path)) {
    const character = String.fromCharCode(byte);
    text += /[A-Za-z0-9/._-]/.test(character)
      ? character
      : `\\0${byte.toString(8).padStart(3, "0")}`;
  }
  return text;
}
