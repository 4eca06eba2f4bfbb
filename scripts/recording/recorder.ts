/** Sits at a terminal, types, and remembers what was to be seen when. */
import { type IBufferCell, Terminal } from "@xterm/headless";
import type { Ink, Row, Run } from "./run.ts";

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** A row of the screen from a time on. */
export interface RowChange {
  readonly atMs: number;
  readonly row: Row;
}

export interface Recording extends Size {
  readonly durationMs: number;
  /** Of each row, in the order of time. */
  readonly changes: readonly (readonly RowChange[])[];
}

/** What somebody at the terminal does. */
export type Deed =
  /** Types a line, and waits until what it runs has ended. */
  | { readonly kind: "run"; readonly line: string }
  /** The same, but presses keys after a while, which end it. */
  | {
      readonly kind: "run-until";
      readonly line: string;
      readonly ms: number;
      readonly keys: string;
    }
  | { readonly kind: "pause"; readonly ms: number };

const keyMs = 45;
const beforeEnterMs = 300;
/** How often the screen is looked at; the eye sees no more. */
const frameMs = 80;
const prompt = "$ ";
/** How long a line may take, so that a program that hangs is told of. */
const lineMsMax = 300_000;

export class Recorder implements AsyncDisposable {
  readonly #size: Size;
  readonly #screen: Terminal;
  readonly #terminal: Bun.Terminal;
  readonly #shell: Bun.Subprocess;
  readonly #changes: RowChange[][];
  readonly #startedMs = performance.now();
  #seenMs = Number.NEGATIVE_INFINITY;
  #changed: () => void = () => {};

  /** @param environment of the shell that carries out what is typed */
  constructor(size: Size, folder: string, environment: Readonly<Record<string, string>>) {
    this.#size = size;
    this.#screen = new Terminal({
      cols: size.columns,
      rows: size.rows,
      allowProposedApi: true,
      scrollback: 0,
    });
    this.#changes = Array.from({ length: size.rows }, () => []);
    this.#terminal = new Bun.Terminal({
      cols: size.columns,
      rows: size.rows,
      data: (_, bytes) => {
        this.#screen.write(bytes, () => {
          this.#look(frameMs);
          this.#changed();
        });
      },
    });
    // Without the files that configure a shell, and with a terminal that controls it: Ctrl-C reaches what it runs.
    const argv = ["setsid", "--ctty", "--wait", "bash", "--noprofile", "--norc", "--noediting"];
    this.#shell = Bun.spawn(argv, {
      cwd: folder,
      env: { TERM: "xterm-256color", LC_ALL: "C.UTF-8", ...environment, PS1: prompt },
      terminal: this.#terminal,
    });
  }

  async carryOut(deeds: readonly Deed[]): Promise<Recording> {
    await this.#untilPrompt();
    for (const deed of deeds) {
      if (deed.kind === "pause") await Bun.sleep(deed.ms);
      else await this.#run(deed);
    }
    this.#look(0);
    return {
      ...this.#size,
      durationMs: performance.now() - this.#startedMs,
      changes: this.#changes,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#shell.kill("SIGHUP");
    this.#terminal.close();
    await this.#shell.exited;
    this.#screen.dispose();
  }

  async #run(deed: Exclude<Deed, { kind: "pause" }>): Promise<void> {
    for (const key of deed.line) {
      this.#terminal.write(key);
      await Bun.sleep(keyMs);
    }
    await Bun.sleep(beforeEnterMs);
    this.#look(0);
    this.#terminal.write("\r");
    if (deed.kind === "run-until") {
      await Bun.sleep(deed.ms);
      this.#look(0);
      this.#terminal.write(deed.keys);
    }
    // The line itself is still to be seen until the shell has taken it.
    await Bun.sleep(frameMs);
    await this.#untilPrompt();
  }

  async #untilPrompt(): Promise<void> {
    const late = AbortSignal.timeout(lineMsMax);
    late.addEventListener("abort", () => this.#changed());
    while (!this.#isAtPrompt()) {
      if (late.aborted) throw new Error(`No prompt in ${lineMsMax} ms:\n${this.#text()}`);
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
    }
    this.#look(0);
  }

  #isAtPrompt(): boolean {
    const { active } = this.#screen.buffer;
    const line = active.getLine(active.baseY + active.cursorY)?.translateToString(true) ?? "";
    return active.cursorX === prompt.length && `${line.trimEnd()} ` === prompt;
  }

  #text(): string {
    return this.#changes
      .map((row) =>
        row
          .at(-1)
          ?.row.map(({ text }) => text)
          .join(""),
      )
      .join("\n");
  }

  /** Remembers the rows that are not as before, if the last look is so long ago. */
  #look(everyMs: number): void {
    const nowMs = performance.now();
    if (nowMs - this.#seenMs < everyMs) return;
    this.#seenMs = nowMs;
    const atMs = nowMs - this.#startedMs;
    for (const [index, changes] of this.#changes.entries()) {
      const row = this.#rowAt(index);
      const last = changes.at(-1)?.row ?? [];
      if (JSON.stringify(last) !== JSON.stringify(row)) changes.push({ atMs, row });
    }
  }

  #rowAt(index: number): Row {
    const { active } = this.#screen.buffer;
    const line = active.getLine(active.baseY + index);
    const runs: Run[] = [];
    for (let column = 0; column < this.#size.columns; column++) {
      const cell = line?.getCell(column);
      if (cell === undefined) break;
      const [text, ink] = [cell.getChars() || " ", inkOf(cell)];
      const last = runs.at(-1);
      if (last !== undefined && last.ink === ink) last.text += text;
      else runs.push({ column, text, ink });
    }
    return runs
      .map((run, place) => (place === runs.length - 1 ? { ...run, text: run.text.trimEnd() } : run))
      .filter(({ text }) => text.trim() !== "");
  }
}

/** Those of the eight colours that our programs use. */
const colours: Readonly<Record<number, Ink>> = { 1: "red", 2: "green", 3: "yellow" };

function inkOf(cell: IBufferCell): Ink {
  if (cell.isFgPalette()) return colours[cell.getFgColor()] ?? "plain";
  if (cell.isBold() !== 0) return "strong";
  return cell.isDim() === 0 ? "plain" : "muted";
}
