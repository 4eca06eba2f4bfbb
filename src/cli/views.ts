import { LackError, StartError } from "../client/exec/program.ts";
import { toJsonText } from "../client/json.ts";
import { printable, printableLines } from "../client/printable.ts";
import { connectTo } from "../client/targets/connect.ts";
import { fileSystemsView } from "../client/views/file-systems.ts";
import { infoView } from "../client/views/info.ts";
import { interfacesView } from "../client/views/interfaces.ts";
import { processesView } from "../client/views/processes.ts";
import type { View } from "../client/views/view.ts";
import { tellFailure } from "./client-failure.ts";
import { exitCode } from "./exit-code.ts";
import { askFleet } from "./fleet-answers.ts";
import { partOf } from "./fleet-table.ts";
import type { Io } from "./io.ts";
import { readCommandLine } from "./read-command-line.ts";
import { tableText } from "./table-text.ts";
import { fsUsage, infoUsage, netUsage, psUsage, readView } from "./view-options.ts";

type Subcommand = (args: readonly string[], io: Io) => Promise<number>;

/** `guestwire info` and its like; each answers the exit code. */
export const info: Subcommand = (args, io) => show(infoView, infoUsage, args, io);
export const fs: Subcommand = (args, io) => show(fileSystemsView, fsUsage, args, io);
export const net: Subcommand = (args, io) => show(interfacesView, netUsage, args, io);
export const ps: Subcommand = (args, io) => show(processesView, psUsage, args, io);

async function show(view: View, usage: string, args: readonly string[], io: Io): Promise<number> {
  const options = readCommandLine({ name: view.name, usage }, () => readView(args), io);
  if (typeof options === "number") return options;
  const { target, timeoutMs, json } = options;
  if (target.kind === "fleet") {
    const part = (answer: unknown) => partOf(view, view.table(answer));
    const question = { name: view.name, choice: target, timeoutMs, json, part };
    return askFleet({ ...question, ask: (client) => view.ask(client) }, io);
  }
  try {
    using client = await connectTo(target, { timeoutMs });
    const answer = await view.ask(client);
    io.stdout(json ? `${printableLines(toJsonText(answer))}\n` : tableText(view.table(answer)));
    return exitCode.done;
  } catch (error) {
    if (!(error instanceof LackError || error instanceof StartError)) {
      return tellFailure(error, view.name, io);
    }
    io.stderr(`guestwire ${view.name}: ${printable(error.message)}\n`);
    return exitCode.refused;
  }
}
