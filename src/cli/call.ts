import { toJsonText, toPlain } from "../client/json.ts";
import { printableLines } from "../client/printable.ts";
import { connectTo } from "../client/targets/connect.ts";
import { left } from "../client/views/view.ts";
import { type CallOptions, readCall, usage } from "./call-options.ts";
import { tellFailure } from "./client-failure.ts";
import { exitCode } from "./exit-code.ts";
import { askFleet } from "./fleet-answers.ts";
import type { FleetChoice } from "./fleet-options.ts";
import { cut } from "./fleet-table.ts";
import type { Io } from "./io.ts";
import { readCommandLine } from "./read-command-line.ts";

/** Runs `guestwire call`; answers the exit code. */
export async function call(args: readonly string[], io: Io): Promise<number> {
  const options = readCommandLine({ name: "call", usage }, () => readCall(args), io);
  if (typeof options === "number") return options;
  const { target, command, pretty, timeoutMs } = options;
  if (target.kind === "fleet") return callFleet(target, options, io);
  try {
    using client = await connectTo(target, { timeoutMs });
    const returned = toPlain(await client.request(command, options.args));
    io.stdout(`${printableLines(toJsonText(returned, pretty ? 2 : undefined))}\n`);
    return exitCode.done;
  } catch (error) {
    return tellFailure(error, "call", io);
  }
}

function callFleet(choice: FleetChoice, options: CallOptions, io: Io): Promise<number> {
  const { command, args, timeoutMs, json } = options;
  return askFleet(
    {
      name: "call",
      choice,
      timeoutMs,
      json,
      ask: async (client) => toPlain(await client.request(command, args)),
      part: (returned) => ({ columns: [left("REPLY")], rows: [[cut(toJsonText(returned))]] }),
    },
    io,
  );
}
