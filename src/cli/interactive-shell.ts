import type { Interface } from "node:readline";
import { printable } from "../client/printable.ts";
import { completedLine } from "../client/shell/complete-line.ts";
import { isSecret } from "../client/shell/secrets.ts";
import { exitCode } from "./exit-code.ts";
import type { Io } from "./io.ts";
import { historyLinesMax, type ShellHistory } from "./shell-history.ts";
import type { ShellSession } from "./shell-session.ts";
import { codeOfSignal, SignalHandlers } from "./signal-handlers.ts";

/** Typed ahead while a reply is waited for; more is not taken. */
const linesAheadMax = 100;
const promptCharsMax = 30;
/** For how long an agent that nobody else can reach meanwhile is kept while nothing is typed. */
const idleMsMax = 1_000;

/** A shell at a terminal: lines are edited, completed and remembered. */
export class InteractiveShell {
  readonly #session: ShellSession;
  readonly #history: ShellHistory;
  readonly #io: Io;
  readonly #prompt: string;
  readonly #left = Promise.withResolvers<number>();
  readonly #ahead: string[] = [];
  #isAtEnd = false;
  /** Wakes who waits for a line. */
  #wake: () => void = () => {};

  /** @param name what is talked to */
  constructor(session: ShellSession, history: ShellHistory, name: string, io: Io) {
    this.#session = session;
    this.#history = history;
    this.#io = io;
    this.#prompt = `${printable(name.slice(-promptCharsMax))}> `;
  }

  /** Until somebody leaves; answers the exit code, which is not about what was tried. */
  async run(): Promise<number> {
    const lines = this.#editor();
    using _handlers = new SignalHandlers(["SIGTERM", "SIGHUP"], (signal) =>
      this.#left.resolve(codeOfSignal(signal)),
    );
    try {
      return await Promise.race([this.#left.promise, this.#carryOut(lines)]);
    } finally {
      // Gives the terminal back.
      lines.close();
    }
  }

  #editor(): Interface {
    // Not imported for the sake of the agent's start, see LineStream.connect.
    const { createInterface } = process.getBuiltinModule("node:readline");
    const lines = createInterface({
      input: process.stdin,
      output: this.#output(),
      terminal: true,
      prompt: this.#prompt,
      history: this.#history.lines.toReversed(),
      historySize: historyLinesMax,
      removeHistoryDuplicates: true,
      completer: (line: string) => completedLine(line, this.#session.names),
    });
    lines.on("history", (remembered) => {
      // The newest comes first.
      if (isSecret(remembered[0] ?? "")) remembered.shift();
    });
    lines.on("line", (line) => {
      if (this.#ahead.length < linesAheadMax) this.#ahead.push(line);
      this.#wake();
    });
    lines.on("SIGINT", () => {
      this.#ahead.length = 0;
      this.#io.stdout("^C\r\n");
      if (this.#session.isBusy) return this.#session.giveUp();
      this.#dropLine(lines);
    });
    lines.on("close", () => {
      this.#isAtEnd = true;
      this.#wake();
    });
    return lines;
  }

  /** What the editor writes goes the way of all else, so that nothing overtakes. */
  #output(): NodeJS.WritableStream {
    const { Writable } = process.getBuiltinModule("node:stream");
    const output = new Writable({
      write: (text: Uint8Array, _, done) => {
        this.#io.stdout(Buffer.from(text).toString());
        done();
      },
    });
    Object.defineProperty(output, "columns", { get: () => process.stdout.columns });
    process.stdout.on("resize", () => output.emit("resize"));
    return output;
  }

  #dropLine(lines: Interface): void {
    const press = (name: string) => lines.write(null as unknown as string, { ctrl: true, name });
    press("e");
    press("u");
    lines.prompt();
  }

  async #carryOut(lines: Interface): Promise<number> {
    for (;;) {
      lines.prompt();
      const line = await this.#nextLine();
      if (line === null) {
        this.#io.stdout("\n");
        return exitCode.done;
      }
      this.#history.add(line);
      if ((await this.#session.run(line)) === "quit") return exitCode.done;
    }
  }

  async #nextLine(): Promise<string | null> {
    for (;;) {
      const line = this.#ahead.shift();
      if (line !== undefined) return line;
      if (this.#isAtEnd) return null;
      const idle = setTimeout(() => this.#session.release(), idleMsMax);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      clearTimeout(idle);
    }
  }
}
