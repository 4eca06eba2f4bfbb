import type { AgentClient } from "../client/agent-client.ts";
import { AgentError, DeadlineError } from "../client/errors.ts";
import { capturedInputBytesMax, startCaptured } from "../client/exec/captured.ts";
import { Orders } from "../client/exec/orders.ts";
import { type GuestProgram, LackError, type Order, StartError } from "../client/exec/program.ts";
import { type Outcome, runProgram } from "../client/exec/run-program.ts";
import { endUnheard, signalNumber } from "../client/exec/signals.ts";
import { startStreamed } from "../client/exec/streamed.ts";
import { wayOfExec } from "../client/exec/way.ts";
import { printable } from "../client/printable.ts";
import { connectTo } from "../client/targets/connect.ts";
import { tellFailure } from "./client-failure.ts";
import { type ExecOptions, readExec, usage } from "./exec-options.ts";
import { Interruptions, LeftError } from "./exec-signals.ts";
import { exitCode } from "./exit-code.ts";
import type { Io } from "./io.ts";
import { BrokenPipeError, inputOf, readWhole, sinkTo, Terminal } from "./standard-io.ts";

/** Runs `guestwire exec`; answers the exit code. */
export async function exec(args: readonly string[], io: Io): Promise<number> {
  let options: ExecOptions | "help";
  try {
    options = readExec(args);
  } catch (error) {
    io.stderr(`guestwire exec: ${(error as Error).message}\n\n${usage}`);
    return exitCode.usage;
  }
  if (options === "help") {
    io.stdout(usage);
    return exitCode.done;
  }
  const say = (text: string) => io.stderr(`guestwire exec: ${printable(text)}\n`);
  try {
    using client = await connectTo(options.target);
    return await run(client, options, say);
  } catch (error) {
    if (error instanceof StartError) {
      say(`Cannot run "${options.argv[0]}": ${error.message}`);
      return error.isMissing ? exitCode.notFound : exitCode.notRunnable;
    }
    if (error instanceof LeftError) {
      if (error.message !== "") say(error.message);
      return error.code;
    }
    if (error instanceof LackError) {
      say(error.message);
      return exitCode.usage;
    }
    // The program's exit codes may be any: what is refused or not answered has another.
    const code = tellFailure(error, "exec", io);
    if (error instanceof AgentError) return exitCode.usage;
    return error instanceof DeadlineError ? exitCode.transport : code;
  }
}

async function run(
  client: AgentClient,
  options: ExecOptions,
  say: (text: string) => void,
): Promise<number> {
  const orders = new Orders();
  using interruptions = new Interruptions(orders);
  const isStreamed = (await wayOfExec(client)) === "streamed";
  using terminal = options.tty ? new Terminal() : null;
  const order: Order = { ...options, tty: terminal?.size ?? null };
  const hasInput = options.stdin;
  const program = isStreamed
    ? await startStreamed(client, order, hasInput)
    : await startWithInput(client, order, hasInput, say, options.quiet);
  interruptions.runs(options.timeoutMs);
  terminal?.begin((size) => orders.give(() => program.resize(size)));
  try {
    const outcome = await runProgram(program, {
      input: hasInput && isStreamed ? inputOf(process.stdin) : null,
      stdout: sinkTo(process.stdout),
      stderr: sinkTo(process.stderr),
      orders,
      isInteractive: options.tty,
    });
    tellLosses(program, outcome, say);
    return interruptions.timedOut ? exitCode.timeout : codeOf(outcome);
  } catch (error) {
    if (!(error instanceof BrokenPipeError)) throw error;
    await endUnheard(program, signalNumber.SIGPIPE);
    return exitCode.brokenPipe;
  }
}

async function startWithInput(
  client: AgentClient,
  order: Order,
  hasInput: boolean,
  say: (text: string) => void,
  isQuiet: boolean,
): Promise<GuestProgram> {
  if (!isQuiet) say("this agent cannot stream: output comes when the program has ended");
  // Somebody at a terminal would not know what is waited for.
  const isAsked = hasInput && !process.stdin.isTTY;
  const fitBytes = Math.floor(client.requestBytesMax / 2);
  const input = isAsked
    ? await readWhole(inputOf(process.stdin), Math.min(capturedInputBytesMax, fitBytes))
    : null;
  return startCaptured(client, order, input);
}

function tellLosses(
  program: GuestProgram & { readonly truncated?: readonly string[] },
  { leftOpen }: Outcome,
  say: (text: string) => void,
): void {
  for (const name of program.truncated ?? []) say(`the agent kept only the beginning of ${name}`);
  if (leftOpen) say("the program has ended, but has left something running that holds its output");
}

/** As a shell says it. */
function codeOf({ exitCode: code, signal }: Outcome): number {
  return signal === null ? (code ?? exitCode.usage) : exitCode.killed + signal;
}
