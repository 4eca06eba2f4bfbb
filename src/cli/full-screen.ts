import { SysError } from "../../native/errno.ts";
import type { Io } from "./io.ts";

/** What terminals since xterm take; the others ignore what they do not know. */
const controls = {
  /** The screen of full-screen programs, no cursor, and no line goes on in the next one. */
  enter: "\u001b[?1049h\u001b[?25l\u001b[?7l\u001b[H\u001b[2J",
  leave: "\u001b[?7h\u001b[?25h\u001b[?1049l",
  /** Shown at once when it is complete, where the terminal can. */
  beginFrame: "\u001b[?2026h\u001b[H",
  endFrame: "\u001b[J\u001b[?2026l",
  endLine: "\u001b[K",
} as const;

/** Of a terminal that does not know its own, such as a serial one. */
const sizeDefault = { rows: 24, columns: 80 };

/** The terminal, taken over until it is disposed of; then it is as it was. */
export class FullScreen implements Disposable {
  readonly #io: Io;
  readonly #onKey: (key: string) => void;
  readonly #onResize: () => void;
  readonly #restore = () => this.#end();
  readonly #read = (bytes: Uint8Array) => {
    for (const key of Buffer.from(bytes).toString("latin1")) this.#onKey(key);
  };
  #isEntered = false;

  constructor(io: Io, onKey: (key: string) => void, onResize: () => void) {
    this.#io = io;
    this.#onKey = onKey;
    this.#onResize = onResize;
  }

  /** @throws SysError when the terminal is gone */
  enter(): void {
    this.#isEntered = true;
    // Whatever ends this process.
    process.on("exit", this.#restore);
    if (process.stdin.isTTY) {
      process.stdin.setRawMode(true);
      process.stdin.on("data", this.#read);
    }
    process.stdout.on("resize", this.#onResize);
    this.#io.stdout(controls.enter);
  }

  get width(): number {
    return process.stdout.columns || sizeDefault.columns;
  }

  get height(): number {
    return process.stdout.rows || sizeDefault.rows;
  }

  /** Shows lines in the place of those before, in one write. @throws SysError when the terminal is gone */
  show(lines: readonly string[]): void {
    const { width } = this;
    // Behind a full line it would clear its last column.
    const text = lines
      .map((line) => (Bun.stringWidth(line) < width ? line + controls.endLine : line))
      .join("\r\n");
    this.#io.stdout(controls.beginFrame + text + controls.endFrame);
  }

  [Symbol.dispose](): void {
    process.off("exit", this.#restore);
    this.#end();
  }

  #end(): void {
    if (!this.#isEntered) return;
    this.#isEntered = false;
    process.stdout.off("resize", this.#onResize);
    if (process.stdin.isTTY) {
      process.stdin.off("data", this.#read);
      process.stdin.setRawMode(false);
      process.stdin.pause();
    }
    try {
      this.#io.stdout(controls.leave);
    } catch (error) {
      // A terminal that is gone needs nothing.
      if (!(error instanceof SysError)) throw error;
    }
  }
}
