/** What is done to the running system besides laying files: its own programs are asked, as an administrator would. */
import { RootFolder } from "../../native/root-folder.ts";
import { isThere } from "./found.ts";
import type { LiveCommand } from "./init-systems/init-system.ts";
import type { Change } from "./install.ts";
import { contextsFolder } from "./selinux.ts";

/** Longer than systemd waits for a device. */
const commandMsMax = 120_000;

/** Whether a root is that of the running system. @throws SysError */
export function isLive(root: RootFolder): boolean {
  using running = RootFolder.open("/");
  return root.isSameAs(running);
}

/** What starts the agent after an installation. @throws SysError */
export function commandsAfterInstall(root: RootFolder, change: Change): LiveCommand[] {
  return [
    ...labelCommands(root, change),
    ...(change.init.isRunning(root) ? change.init.startCommands(root, change.service) : []),
  ];
}

/** What stops it before a removal. @throws SysError */
export function commandsBeforeUninstall(root: RootFolder, change: Change): LiveCommand[] {
  return change.init.isRunning(root) ? change.init.stopCommands(change.service) : [];
}

/** What is left to do after it. @throws SysError */
export function commandsAfterUninstall(root: RootFolder, change: Change): LiveCommand[] {
  return change.init.isRunning(root) ? change.init.forgetCommands(root, change.service) : [];
}

/** With SELinux in force, the labels of what was just made. */
function labelCommands(root: RootFolder, change: Change): LiveCommand[] {
  if (contextsFolder(root) === null || !isThere(root, "/sys/fs/selinux/enforce")) return [];
  return [
    ["restorecon", ...change.steps.map(({ path }) => path).filter((path) => isThere(root, path))],
  ];
}

/** Runs them one after the other, those whose program is there. @returns what went wrong, each in a sentence */
export function runLive(commands: readonly LiveCommand[]): string[] {
  const failures: string[] = [];
  for (const command of commands) {
    if (Bun.which(command[0]) === null) continue;
    const { exitCode, exitedDueToTimeout, stderr } = Bun.spawnSync([...command], {
      stdin: "ignore",
      stdout: "ignore",
      timeout: commandMsMax,
    });
    if (exitCode === 0) continue;
    const why = exitedDueToTimeout
      ? `took more than ${commandMsMax / 1000} s`
      : `ended with status ${exitCode}: ${stderr.toString().trim()}`;
    failures.push(`${command.join(" ")} ${why}`);
  }
  return failures;
}
