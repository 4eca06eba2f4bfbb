import { agentPath } from "./agent.ts";

const environment = {
  PATH: "/usr/sbin:/usr/bin:/sbin:/bin",
  TERM: "xterm-256color",
  LC_ALL: "C.UTF-8",
};

/** A guestwire at a terminal of its own, with a shell behind it that tells how it ended and left the terminal. */
export class OnTerminal implements AsyncDisposable {
  #text = "";
  #changed: () => void = () => {};
  readonly #terminal: Bun.Terminal;
  readonly #shell: Bun.Subprocess;

  constructor(
    args: readonly string[],
    {
      columns = 80,
      rows = 24,
      variables = {},
    }: { columns?: number; rows?: number; variables?: Readonly<Record<string, string>> } = {},
  ) {
    const decoder = new TextDecoder();
    this.#terminal = new Bun.Terminal({
      cols: columns,
      rows,
      data: (_, bytes) => {
        this.#text += decoder.decode(bytes, { stream: true });
        this.#changed();
      },
    });
    const script = `(echo "pid $BASHPID"; exec "$@"); echo "code $?"; stty -a; echo "the end"`;
    this.#shell = Bun.spawn(
      ["setsid", "--ctty", "--wait", "bash", "-c", script, "bash", agentPath, ...args],
      {
        cwd: "/",
        env: { ...environment, ...variables },
        terminal: this.#terminal,
      },
    );
  }

  /** All that was written so far. */
  get text(): string {
    return this.#text;
  }

  /** What was written since the last frame began. */
  get frame(): string {
    return this.#text.slice(this.#text.lastIndexOf("\u001b[?2026h"));
  }

  get pid(): number {
    return Number(/pid (\d+)/.exec(this.#text)?.[1]);
  }

  /** Resolves when what was written is as wanted; the test's own timeout is the only one. */
  async until(isWanted: (text: string) => boolean): Promise<string> {
    while (!isWanted(this.#text)) {
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
    }
    return this.#text;
  }

  /** The same for text that comes from now on. */
  async untilNew(wanted: string | RegExp): Promise<string> {
    const start = this.#text.length;
    const isThere = (text: string) =>
      typeof wanted === "string" ? text.includes(wanted) : wanted.test(text);
    return (await this.until((text) => isThere(text.slice(start)))).slice(start);
  }

  type(keys: string): void {
    this.#terminal.write(keys);
  }

  resize(columns: number, rows: number): void {
    this.#terminal.resize(columns, rows);
  }

  /** How it ended, and what stty(1) says of the terminal then. */
  async ended(): Promise<{ readonly code: number; readonly settings: string }> {
    const text = await this.until((each) => each.includes("the end\r\n"));
    const [, code, settings = ""] = /code (\d+)\r\n([\s\S]*)the end/.exec(text) ?? [];
    await this.#shell.exited;
    return { code: Number(code), settings };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#shell.kill("SIGKILL");
    this.#terminal.close();
    await this.#shell.exited;
  }
}
