import { isSecret } from "../client/shell/secrets.ts";

/** Kept in the file; it may have twice as many before it is cut. */
export const historyLinesMax = 1_000;

/** A longer line is kept in no history: it is a file's content rather than anything one types again. */
const lineCharsMax = 4_096;
const fileBytesMax = historyLinesMax * 2 * lineCharsMax;

const ownerOnly = { file: 0o600, folder: 0o700 } as const;

/** The lines typed before, in a file that its owner alone can read. */
export class ShellHistory {
  /** The oldest first. */
  readonly lines: string[];
  readonly #path: string | null;
  readonly #say: (text: string) => void;
  #isBroken = false;

  /** @param say is told once that lines cannot be kept */
  constructor(path: string | null, say: (text: string) => void) {
    this.#path = path;
    this.#say = say;
    this.lines = this.#load();
  }

  /** Where it is by the XDG Base Directory Specification; null without a home. */
  static pathIn(environment: Readonly<Record<string, string | undefined>>): string | null {
    const { XDG_STATE_HOME: state = "", HOME: home = "" } = environment;
    // The specification has relative paths ignored.
    if (state.startsWith("/")) return `${state}/guestwire/history`;
    return home.startsWith("/") ? `${home}/.local/state/guestwire/history` : null;
  }

  /** Whether a line is one to keep. */
  static keeps(line: string): boolean {
    return line.trim() !== "" && line.length <= lineCharsMax && !isSecret(line);
  }

  add(line: string): void {
    if (!ShellHistory.keeps(line) || line === this.lines.at(-1)) return;
    this.lines.push(line);
    if (this.lines.length > historyLinesMax) this.lines.shift();
    this.#keeping((path, { appendFileSync }) => {
      appendFileSync(path, `${line}\n`, { mode: ownerOnly.file });
    });
  }

  #load(): string[] {
    let lines: string[] = [];
    this.#keeping((path, fs) => {
      fs.mkdirSync(path.slice(0, path.lastIndexOf("/")), {
        recursive: true,
        mode: ownerOnly.folder,
      });
      if (!fs.existsSync(path)) return;
      if (fs.statSync(path).size <= fileBytesMax) {
        lines = fs.readFileSync(path, "utf8").split("\n").filter(ShellHistory.keeps);
      }
      fs.chmodSync(path, ownerOnly.file);
      if (lines.length <= 2 * historyLinesMax && fs.statSync(path).size <= fileBytesMax) return;
      lines = lines.slice(-historyLinesMax);
      const whole = `${path}.${process.pid}`;
      fs.writeFileSync(whole, lines.map((line) => `${line}\n`).join(""), { mode: ownerOnly.file });
      fs.renameSync(whole, path);
    });
    return lines.slice(-historyLinesMax);
  }

  /** A history that cannot be kept keeps nobody from typing. */
  #keeping(work: (path: string, fs: typeof import("node:fs")) => void): void {
    if (this.#path === null || this.#isBroken) return;
    try {
      work(this.#path, process.getBuiltinModule("node:fs"));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === undefined) throw error;
      this.#isBroken = true;
      this.#say(`lines cannot be kept in "${this.#path}": ${code}`);
    }
  }
}
