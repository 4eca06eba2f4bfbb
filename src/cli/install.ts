import { SysError } from "../../native/errno.ts";
import { Fd } from "../../native/fd.ts";
import type { RootFolder } from "../../native/root-folder.ts";
import { OpenFlag } from "../../native/structs.ts";
import { type Change, planInstall } from "../install/install.ts";
import { commandsAfterInstall, runLive } from "../install/live.ts";
import { contextsFolder } from "../install/selinux.ts";
import { missingX86V2Features } from "../linux/processor-level.ts";
import { type InstallCall, installExit, installUsage, readInstallCall } from "./install-options.ts";
import type { Io } from "./io.ts";
import { readCommandLine } from "./read-command-line.ts";
import { makeChange, onRoot, requireRoot } from "./root-change.ts";
import { version } from "./version.ts";

const ownExecutable = "/proc/self/exe";

/** Runs `guestwire install`; answers the exit code. */
export async function install(args: readonly string[], io: Io): Promise<number> {
  const call = readCommandLine(
    { name: "install", usage: installUsage, usageCode: installExit.usage },
    () => readInstallCall(args),
    io,
  );
  if (typeof call === "number") return call;
  return onRoot("install", call.root, io, (root, live) => installInto(root, live, call, io));
}

function installInto(root: RootFolder, live: boolean, call: InstallCall, io: Io): number {
  if (!call.isDry) requireRoot(live);
  using binary = Fd.open(call.binary ?? ownExecutable, OpenFlag.O_RDONLY);
  const change = planInstall(root, binary, { ...call, version });
  if (live) warnOfProcessor(io);
  else warnOfLabels(root, change, io);
  makeChange("install", root, change, call, io);
  if (change.steps.length === 0) {
    io.stdout(`nothing to do: guestwire ${version} is installed for ${change.init.name}\n`);
    return installExit.done;
  }
  if (call.isDry) return installExit.done;
  return start(root, live && call.runsCommands, change, io);
}

function start(root: RootFolder, runsCommands: boolean, change: Change, io: Io): number {
  const { name, startsWhen } = change.init;
  const commands = runsCommands ? commandsAfterInstall(root, change) : [];
  const failures = runLive(commands);
  for (const failure of failures) io.stderr(`guestwire install: ${failure}\n`);
  const when = commands.length === 0 ? `it starts ${startsWhen}` : "told the running system";
  io.stdout(`installed guestwire ${version} for ${name}; ${when}\n`);
  return failures.length === 0 ? installExit.done : installExit.failed;
}

function warnOfLabels(root: RootFolder, change: Change, io: Io): void {
  if (change.steps.length === 0 || contextsFolder(root) === null) return;
  io.stderr(
    `guestwire install: SELinux labels come with the next relabel of the image: touch ${root.subject("/.autorelabel")}, ` +
      "or virt-customize --selinux-relabel\n",
  );
}

function warnOfProcessor(io: Io): void {
  try {
    const missing = missingX86V2Features("");
    if (missing.length === 0) return;
    io.stderr(
      `guestwire install: the processor lacks ${missing.join(", ")} of x86-64-v2: the agent will not run on it; ` +
        "give the guest -cpu Nehalem or better (Proxmox, libvirt: x86-64-v2-AES, or host)\n",
    );
  } catch (error) {
    // Without /proc nothing is known, and nothing is warned of.
    if (!(error instanceof SysError)) throw error;
  }
}
