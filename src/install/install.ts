import type { Fd } from "../../native/fd.ts";
import type { RootFolder } from "../../native/root-folder.ts";
import config from "./assets/qemu-ga.conf" with { type: "text" };
import { fileContent, textContent } from "./content.ts";
import { detectInit, initNamed } from "./init-systems/all.ts";
import type { InitSystem, Service } from "./init-systems/init-system.ts";
import { InstallError } from "./install-error.ts";
import { type Manifest, manifestText, readManifest } from "./manifest.ts";
import { binaryPath, configPath, manifestPath, privateFolder } from "./paths.ts";
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
  const service: Service = {
    program: namePath ?? binaryPath,
    replacesQemuGa,
    machine: executable.machine,
  };
  const pieces: Piece[] = [
    { kind: "file", path: binaryPath, mode: 0o755, content: fileContent(binary) },
    { kind: "file", path: configPath, mode: 0o644, content: textContent(config), isConfig: true },
    ...selinuxPieces(root),
    ...init.pieces(root, service),
    ...(namePath === null ? [] : namePieces(root, namePath)),
  ];
  const before = readManifest(root);
  const { steps, notices, foreign, entries } = planPieces(root, pieces, before, force);
  if (foreign.length > 0) throw foreignError(root, foreign, before);
  const after = { version, init: init.name, replacesQemuGa, entries: [...entries] };
  return {
    steps: [...steps, ...manifestSteps(before, after, steps.length > 0)],
    notices: [...warnings, ...notices],
    init,
    service,
  };
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
