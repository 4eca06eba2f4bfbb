import { SysError } from "../../native/errno.ts";
import { printable } from "../client/printable.ts";
import { connectTo } from "../client/targets/connect.ts";
import { shownTarget } from "../client/targets/shown-target.ts";
import { tellFailure } from "./client-failure.ts";
import { exitCode } from "./exit-code.ts";
import { InteractiveShell } from "./interactive-shell.ts";
import type { Io } from "./io.ts";
import { readCommandLine } from "./read-command-line.ts";
import { ShellHistory } from "./shell-history.ts";
import { readShell, type ShellOptions, usage } from "./shell-options.ts";
import { ShellSession } from "./shell-session.ts";
import { inputOf } from "./standard-io.ts";

/** Runs `guestwire shell`; answers the exit code. */
export async function shell(args: readonly string[], io: Io): Promise<number> {
  const options = readCommandLine({ name: "shell", usage }, () => readShell(args), io);
  if (typeof options === "number") return options;
  try {
    const isInteractive = process.stdin.isTTY && process.stdout.isTTY;
    return await (isInteractive ? converse(options, io) : carryOut(options, io));
  } catch (error) {
    // Nobody reads it any more.
    if (error instanceof SysError) return exitCode.brokenPipe;
    throw error;
  }
}

async function converse({ target, timeoutMs, raw }: ShellOptions, io: Io): Promise<number> {
  const say = (text: string) => io.stderr(`guestwire shell: ${text}\n`);
  const history = new ShellHistory(ShellHistory.pathIn(process.env), say);
  const reach = () => connectTo(target, { timeoutMs });
  using session = new ShellSession(
    { reach, raw, isForPeople: true, history: () => history.lines },
    io,
  );
  try {
    const { version, names } = await session.connect();
    const can = names === null ? "" : `, ${names.length} commands`;
    io.stdout(
      `Agent of version ${printable(version ?? "unknown")}${can}; "help" tells more, Ctrl-D leaves.\n`,
    );
  } catch (error) {
    return tellFailure(error, "shell", io);
  }
  return await new InteractiveShell(session, history, shownTarget(target), io).run();
}

/** The lines of a pipe or a file. */
async function carryOut(options: ShellOptions, io: Io): Promise<number> {
  const { target, timeoutMs, raw, errexit } = options;
  const lines: string[] = [];
  const reach = () => connectTo(target, { timeoutMs });
  using session = new ShellSession({ reach, raw, isForPeople: false, history: () => lines }, io);
  let worst: number = exitCode.done;
  for await (const line of linesOf(inputOf(process.stdin))) {
    const outcome = await session.run(line);
    if (outcome === "quit") break;
    worst = Math.max(worst, outcome);
    if (errexit && worst > 0) break;
    if (ShellHistory.keeps(line)) lines.push(line);
    if (lines.length > historyShownMax) lines.shift();
  }
  return worst;
}

/** Of a script; nobody looks back further. */
const historyShownMax = 1_000;

async function* linesOf(input: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const bytes of input) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n");
    rest = lines.pop() as string;
    yield* lines;
  }
  if (rest !== "") yield rest;
}
