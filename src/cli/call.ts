import { toJsonText, toPlain } from "../client/json.ts";
import { printableLines } from "../client/printable.ts";
import { connectTo } from "../client/targets/connect.ts";
import { readCall, usage } from "./call-options.ts";
import { tellFailure } from "./client-failure.ts";
import { exitCode } from "./exit-code.ts";
import type { Io } from "./io.ts";
import { readCommandLine } from "./read-command-line.ts";

/** Runs `guestwire call`; answers the exit code. */
export async function call(args: readonly string[], io: Io): Promise<number> {
  const options = readCommandLine({ name: "call", usage }, () => readCall(args), io);
  if (typeof options === "number") return options;
  const { target, command, pretty, timeoutMs } = options;
  try {
    using client = await connectTo(target, { timeoutMs });
    const returned = toPlain(await client.request(command, options.args));
    io.stdout(`${printableLines(toJsonText(returned, pretty ? 2 : undefined))}\n`);
    return exitCode.done;
  } catch (error) {
    return tellFailure(error, "call", io);
  }
}
