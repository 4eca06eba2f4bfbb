import type { AgentClient } from "../client/agent-client.ts";
import { AgentError, DeadlineError } from "../client/errors.ts";
import { startCaptured } from "../client/exec/captured.ts";
import { Orders } from "../client/exec/orders.ts";
import {
  type Ending,
  type GuestProgram,
  LackError,
  type Order,
  StartError,
} from "../client/exec/program.ts";
import { runProgram } from "../client/exec/run-program.ts";
import { endUnheard, signalNumber } from "../client/exec/signals.ts";
import { startStreamed } from "../client/exec/streamed.ts";
import { wayOfExec } from "../client/exec/way.ts";
import { wholeInput } from "../client/exec/whole-input.ts";
import { printable } from "../client/printable.ts";
import { connectTo } from "../client/targets/connect.ts";
import { tellFailure } from "./client-failure.ts";
import { execInFleet } from "./exec-fleet.ts";
import { type ExecOptions, readExec, usage } from "./exec-options.ts";
import { Interruptions, LeftError } from "./exec-signals.ts";
import { exitCode } from "./exit-code.ts";
import type { Io } from "./io.ts";
import { readCommandLine } from "./read-command-line.ts";
import { BrokenPipeError, inputOf, sinkTo, Terminal } from "./standard-io.ts";

/** Runs `guestwire exec`; answers the exit code. */
export async function exec(args: readonly string[], io: Io): Promise<number> {
  const options = readCommandLine({ name: "exec", usage }, () => readExec(args), io);
  if (typeof options === "number") return options;
  const { target } = options;
  if (target.kind === "fleet") return execInFleet(target, options, io);
  const say = (text: string) => io.stderr(`guestwire exec: ${printable(text)}\n`);
  try {
    using client = await connectTo(target);
    return await run(client, options, say);
  } catch (error) {
    if (error instanceof StartError) {
      say(`Cannot run "${options.argv[0]}": ${error.message}`);
      return error.isMissing ? exitCode.notFound : exitCode.notRunnable;
    }
    if (error instanceof LeftError) {
      say(error.message);
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
  if (!isStreamed && !options.quiet) {
    say("this agent cannot stream: output comes when the program has ended");
  }
  using terminal = options.tty ? new Terminal() : null;
  const order: Order = { ...options, tty: terminal?.size ?? null };
  const inputGiven = isStreamed || !options.stdin ? null : await inputAhead(client);
  interruptions.starts();
  const program = isStreamed
    ? await startStreamed(client, order, options.stdin)
    : await startCaptured(client, order, inputGiven);
  interruptions.runs(options.timeoutMs);
  terminal?.begin((size) => orders.give(() => program.resize(size)));
  try {
    const ending = await runProgram(program, {
      input: options.stdin && isStreamed ? inputOf(process.stdin) : null,
      stdout: sinkTo(process.stdout),
      stderr: sinkTo(process.stderr),
      orders,
      isInteractive: options.tty,
    });
    tellLosses(program, say);
    return interruptions.timedOut ? exitCode.timeout : codeOf(ending);
  } catch (error) {
    if (!(error instanceof BrokenPipeError)) throw error;
    await endUnheard(program, signalNumber.SIGPIPE);
    return exitCode.brokenPipe;
  }
}

/** All of the input, for an agent that takes none later. Whoever sits at a terminal would not know what is waited for. */
async function inputAhead(client: AgentClient): Promise<Uint8Array | null> {
  if (process.stdin.isTTY) return null;
  return wholeInput(inputOf(process.stdin), client.requestBytesMax);
}

function tellLosses(
  program: GuestProgram & { readonly truncated?: readonly string[] },
  say: (text: string) => void,
): void {
  for (const name of program.truncated ?? []) say(`the agent kept only the beginning of ${name}`);
}

/** As a shell says it. */
function codeOf({ exitCode: code, signal }: Ending): number {
  return signal === null ? (code ?? exitCode.usage) : exitCode.killed + signal;
}
