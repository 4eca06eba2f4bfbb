import { initNames } from "../install/init-systems/all.ts";
import { type ProfileName, profileNames } from "../policy/profiles.ts";

/** Exit codes of `install` and `uninstall`. */
export const installExit = { done: 0, failed: 1, usage: 2 } as const;

export const installUsage = `Usage: guestwire install [OPTION]...

Makes this executable the guest agent of the running system, or of an unpacked image: lays down the executable, what starts
it at boot, and a default configuration. All of it or nothing; what is there already and right is not touched.

  --root DIR          an unpacked image; nothing outside of it is touched, and nothing in it is run
  --binary FILE       install this executable instead, such as one for another machine
  --init NAME         ${initNames.join(", ")}; otherwise told by what is in the root
  --replace-qemu-ga   take the name and the service of the qemu-guest-agent package, which uninstall gives back
  --profile NAME      lay down a policy to begin with, and have systemd take from the agent what it has no need of:
                      ${profileNames.join(", ")}, or none; otherwise as the last time
  --no-start          lay down files and run nothing, on the running system
  --dry-run           tell what would be done, and do nothing
  --force             take the place of files that are changed, or somebody else's

Exit codes: 0 done, 1 not done (nothing was changed), 2 wrong use.
`;

export const uninstallUsage = `Usage: guestwire uninstall [OPTION]...

Removes what \`guestwire install\` laid down, and gives back what it took the place of. What was changed since is kept.

  --root DIR    an unpacked image; nothing outside of it is touched, and nothing in it is run
  --no-stop     remove files and run nothing, on the running system
  --dry-run     tell what would be done, and do nothing
  --force       remove also what was changed

Exit codes: 0 done, 1 not done (nothing was changed), 2 wrong use.
`;

/** What both have. */
interface RootCall {
  /** Null for the running system. */
  readonly root: string | null;
  readonly runsCommands: boolean;
  readonly isDry: boolean;
  readonly force: boolean;
}

export interface InstallCall extends RootCall {
  readonly binary: string | null;
  readonly initName: string | undefined;
  readonly replacesQemuGa: boolean;
  /** Null: no policy; undefined: as the last time. */
  readonly profile: ProfileName | null | undefined;
}

const common = {
  root: { type: "string" },
  "dry-run": { type: "boolean", default: false },
  force: { type: "boolean", default: false },
  help: { type: "boolean", short: "h" },
} as const;

/** @throws Error that says what is wrong */
export function readInstallCall(args: readonly string[]): InstallCall | "help" {
  // Not imported for the sake of the agent's start, see LineStream.connect.
  const { parseArgs } = process.getBuiltinModule("node:util");
  const { values } = parseArgs({
    args: [...args],
    options: {
      ...common,
      binary: { type: "string" },
      init: { type: "string" },
      "replace-qemu-ga": { type: "boolean", default: false },
      profile: { type: "string" },
      "no-start": { type: "boolean", default: false },
    },
  });
  if (values.help === true) return "help";
  if (values.init !== undefined && !initNames.includes(values.init)) {
    throw new Error(`--init takes one of ${initNames.join(", ")}`);
  }
  return {
    root: checkedRoot(values.root),
    binary: values.binary ?? null,
    initName: values.init,
    replacesQemuGa: values["replace-qemu-ga"],
    profile: readProfile(values.profile),
    runsCommands: !values["no-start"],
    isDry: values["dry-run"],
    force: values.force,
  };
}

/** @throws Error that says what is wrong */
export function readUninstallCall(args: readonly string[]): RootCall | "help" {
  const { parseArgs } = process.getBuiltinModule("node:util");
  const { values } = parseArgs({
    args: [...args],
    options: { ...common, "no-stop": { type: "boolean", default: false } },
  });
  if (values.help === true) return "help";
  return {
    root: checkedRoot(values.root),
    runsCommands: !values["no-stop"],
    isDry: values["dry-run"],
    force: values.force,
  };
}

const noProfile = "none";

/** @throws Error that says what is wrong */
export function readProfile(name: string | undefined): ProfileName | null | undefined {
  if (name === undefined) return undefined;
  if (name === noProfile) return null;
  const found = profileNames.find((each) => each === name);
  if (found !== undefined) return found;
  throw new Error(`--profile takes one of ${profileNames.join(", ")}, ${noProfile}`);
}

/** An empty one may be a variable that was not set, and is not meant for the running system. */
function checkedRoot(root: string | undefined): string | null {
  if (root === "") throw new Error("--root takes a folder");
  return root ?? null;
}
