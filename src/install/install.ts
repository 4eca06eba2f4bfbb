import type { Fd } from "../../native/fd.ts";
import type { RootFolder } from "../../native/root-folder.ts";
import type { ProfileName } from "../policy/profiles.ts";
import { startingFile } from "../policy/starting-file.ts";
import config from "./assets/qemu-ga.conf" with { type: "text" };
import { fileContent, textContent } from "./content.ts";
import { isThere } from "./found.ts";
import { detectInit, initNamed } from "./init-systems/all.ts";
import type { InitSystem, Service } from "./init-systems/init-system.ts";
import { InstallError } from "./install-error.ts";
import { type Manifest, manifestText, readManifest } from "./manifest.ts";
import { binaryPath, configPath, manifestPath, policyPath, privateFolder } from "./paths.ts";
import type { Piece } from "./piece.ts";
import { planPieces } from "./plan.ts";
import { checkFit } from "./platform.ts";
import { foundQemuGa, namePieces, qemuGaPath } from "./qemu-ga.ts";
import { selinuxPieces } from "./selinux.ts";
import type { Step } from "./step.ts";

export interface InstallOrder {
  /** Absent: told by what is in the root. */
  readonly initName?: string | undefined;
  readonly replacesQemuGa: boolean;
  /** What its policy begins from; null: no policy; absent: that of the last time. */
  readonly profile?: ProfileName | null | undefined;
  /** Takes what is changed or foreign for ours. */
  readonly force: boolean;
  /** That of the executable. */
  readonly version: string;
}

/** What is about to be done to a root. */
export interface Change {
  readonly steps: readonly Step[];
  /** What is left as it is, or should be known, each in a sentence. */
  readonly notices: readonly string[];
  readonly init: InitSystem;
  readonly service: Service;
}

/**
 * Plans what makes an executable the guest agent of a root; nothing is changed yet.
 * @param binary the executable, open for reading
 * @throws InstallError, SysError
 */
export function planInstall(root: RootFolder, binary: Fd, order: InstallOrder): Change {
  const { replacesQemuGa, force, version } = order;
  const { executable, warnings } = checkFit(root, binary);
  const init = order.initName === undefined ? detectInit(root) : initNamed(order.initName);
  if (!replacesQemuGa && !force) refuseRival(root);
  const namePath = replacesQemuGa ? qemuGaPath(root) : null;
  const before = readManifest(root);
  const profile = order.profile === undefined ? (before?.profile ?? null) : order.profile;
  const service: Service = {
    program: namePath ?? binaryPath,
    replacesQemuGa,
    machine: executable.machine,
    profile,
  };
  const pieces: Piece[] = [
    { kind: "file", path: binaryPath, mode: 0o755, content: fileContent(binary) },
    { kind: "file", path: configPath, mode: 0o644, content: textContent(config), isConfig: true },
    ...policyPieces(profile),
    ...selinuxPieces(root),
    ...init.pieces(root, service),
    ...(namePath === null ? [] : namePieces(root, namePath)),
  ];
  const { steps, notices, foreign, entries } = planPieces(root, pieces, before, force);
  if (foreign.length > 0) throw foreignError(root, foreign, before);
  const after = {
    version,
    init: init.name,
    replacesQemuGa,
    ...(profile !== null && { profile }),
    entries: [...entries],
  };
  return {
    steps: [...steps, ...manifestSteps(before, after, steps.length > 0)],
    notices: [...warnings, ...notices, ...policyNotices(root, profile, init, entries)],
    init,
    service,
  };
}

function policyPieces(profile: ProfileName | null): Piece[] {
  if (profile === null) return [];
  const content = textContent(startingFile(profile));
  return [{ kind: "file", path: policyPath, mode: 0o644, content, isConfig: true }];
}

function policyNotices(
  root: RootFolder,
  profile: ProfileName | null,
  init: InitSystem,
  entries: readonly { readonly path: string }[],
): string[] {
  const isForeign = isThere(root, policyPath) && !entries.some(({ path }) => path === policyPath);
  if (profile === null) {
    return isForeign ? [`${policyPath} is there, and the agent will obey it`] : [];
  }
  return [
    ...(isForeign
      ? [`keep ${policyPath}, which was there before: it may not be of ${profile}`]
      : []),
    ...(init.name === "systemd" ? [] : [`${init.name} has no sandbox: the policy alone holds`]),
  ];
}

type Contents = Omit<Manifest, "format" | "folders">;

function manifestSteps(before: Manifest | null, after: Contents, isChanged: boolean): Step[] {
  const folders = before?.folders ?? [];
  const isSame =
    before !== null && manifestText({ ...after, folders }) === manifestText({ ...before, folders });
  if (isSame && !isChanged) return [];
  return [
    {
      verb: before === null ? "create" : "replace",
      path: manifestPath,
      note: "what was done, for the next run and for uninstall",
      carryOut(transaction) {
        transaction.ensureFolder(privateFolder);
        const made = new Set([...folders, ...transaction.madeFolders]);
        const text = manifestText({ ...after, folders: [...made] });
        transaction.writeFile(manifestPath, textContent(text), { mode: 0o644 });
      },
    },
  ];
}

function foreignError(
  root: RootFolder,
  foreign: readonly string[],
  before: Manifest | null,
): Error {
  const things = foreign.map((path) => `"${root.subject(path)}"`).join(", ");
  const why =
    before === null
      ? "and no manifest says that guestwire put it there: it is somebody else's, or left by an installation that was broken off"
      : "and the manifest does not say that guestwire put it there";
  return new InstallError(`${things} is there already, ${why}; --force takes its place`);
}

function refuseRival(root: RootFolder): void {
  const found = foundQemuGa(root);
  if (found.length === 0) return;
  throw new InstallError(
    `"${root.subject("/")}" has another guest agent (${found.join(", ")}), and the port takes one at a time: ` +
      "--replace-qemu-ga takes its place, or remove its package first",
  );
}
