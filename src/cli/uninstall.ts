import type { RootFolder } from "../../native/root-folder.ts";
import { commandsAfterUninstall, commandsBeforeUninstall, runLive } from "../install/live.ts";
import { planUninstall } from "../install/uninstall.ts";
import { installExit, readUninstallCall, uninstallUsage } from "./install-options.ts";
import type { Io } from "./io.ts";
import { readCommandLine } from "./read-command-line.ts";
import { makeChange, onRoot, requireRoot } from "./root-change.ts";

type UninstallCall = Exclude<ReturnType<typeof readUninstallCall>, "help">;

/** Runs `guestwire uninstall`; answers the exit code. */
export async function uninstall(args: readonly string[], io: Io): Promise<number> {
  const call = readCommandLine(
    { name: "uninstall", usage: uninstallUsage, usageCode: installExit.usage },
    () => readUninstallCall(args),
    io,
  );
  if (typeof call === "number") return call;
  return onRoot("uninstall", call.root, io, (root, live) => removeFrom(root, live, call, io));
}

function removeFrom(root: RootFolder, live: boolean, call: UninstallCall, io: Io): number {
  if (!call.isDry) requireRoot(live);
  const change = planUninstall(root, call.force);
  if (change === null) {
    io.stdout("nothing to do: guestwire is not installed\n");
    return installExit.done;
  }
  const runsCommands = live && call.runsCommands && !call.isDry;
  const before = runsCommands ? runLive(commandsBeforeUninstall(root, change)) : [];
  makeChange("uninstall", root, change, call, io);
  if (call.isDry) return installExit.done;
  // Before what may end the one who reads it: the removal can be run by the agent itself.
  io.stdout("uninstalled guestwire\n");
  const after = runsCommands ? runLive(commandsAfterUninstall(root, change)) : [];
  for (const failure of [...before, ...after]) io.stderr(`guestwire uninstall: ${failure}\n`);
  return before.length + after.length === 0 ? installExit.done : installExit.failed;
}
