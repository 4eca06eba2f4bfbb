import type { RootFolder } from "../../native/root-folder.ts";
import { isThere } from "./found.ts";
import { initNamed } from "./init-systems/all.ts";
import type { Change } from "./install.ts";
import { InstallError } from "./install-error.ts";
import { readManifest } from "./manifest.ts";
import { binaryPath, manifestPath } from "./paths.ts";
import { planRemoval } from "./removal.ts";
import type { Step } from "./step.ts";

/**
 * Plans the removal of what an installation laid into a root; null when there is none.
 * @param force removes also what was changed since
 * @throws InstallError, SysError
 */
export function planUninstall(root: RootFolder, force: boolean): Change | null {
  const manifest = readManifest(root);
  if (manifest === null) {
    if (!isThere(root, binaryPath)) return null;
    throw new InstallError(
      `"${root.subject(binaryPath)}" is there, but no manifest (${root.subject(manifestPath)}): ` +
        "it came another way, such as by a package, or was left by an installation that was broken off",
    );
  }
  const { steps, notices } = planRemoval(root, manifest.entries.toReversed(), force);
  const last: Step = {
    verb: "remove",
    path: manifestPath,
    note: "",
    carryOut(transaction) {
      transaction.remove(manifestPath);
      for (const folder of manifest.folders.toReversed()) transaction.removeFolder(folder);
    },
  };
  const { init, replacesQemuGa } = manifest;
  return {
    steps: [...steps, last],
    notices,
    init: initNamed(init),
    // What it started is only told to the init system by its name.
    service: { program: binaryPath, replacesQemuGa, machine: "", profile: null },
  };
}
