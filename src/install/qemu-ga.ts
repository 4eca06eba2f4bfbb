/** The qemu-guest-agent package in a root: where it is, and how its place is taken. */
import type { RootFolder } from "../../native/root-folder.ts";
import { isThere, lookAt, readTextIfThere } from "./found.ts";
import { hasPackagedUnit } from "./init-systems/systemd.ts";
import { binaryPath } from "./paths.ts";
import type { Piece } from "./piece.ts";

/** Debian's, and everybody else's. */
const programPaths = ["/usr/sbin/qemu-ga", "/usr/bin/qemu-ga"];
const defaultProgramPath = "/usr/bin/qemu-ga";

const serviceScripts = ["/etc/init.d/qemu-guest-agent", "/etc/sv/qemu-ga/run"];

const linkTarget = "../bin/guestwire";

/** dpkg-divert(1): what it has been told to move out of the way. The format is three lines for each file. */
const diversionsPath = "/var/lib/dpkg/diversions";
const packageListPath = "/var/lib/dpkg/info/qemu-guest-agent.list";
const packageListBytesMax = 1024 * 1024;
/** Stands for the administrator, who is no package. */
const localDiverter = ":";

/** What there is of the package, or of another qemu-ga; empty when there is none. @throws SysError */
export function foundQemuGa(root: RootFolder): string[] {
  const found = [...programPaths, ...serviceScripts].filter(
    (path) => isThere(root, path) && !isOurLink(root, path),
  );
  return hasPackagedUnit(root) ? [...found, "qemu-guest-agent.service"] : found;
}

/** Where qemu-ga is, or would be. @throws SysError */
export function qemuGaPath(root: RootFolder): string {
  return programPaths.find((path) => lookAt(root, path).kind !== "nothing") ?? defaultProgramPath;
}

/**
 * What makes the name lead to us. The packaged program is moved aside, and where there is dpkg, that is told as
 * dpkg-divert would: the package can be upgraded, removed and installed again, and never gets into our way.
 * @throws SysError
 */
export function namePieces(root: RootFolder, path: string): Piece[] {
  const aside = `${path}.distrib`;
  const link: Piece = { kind: "link", path, target: linkTarget, aside };
  if (!isPackaged(root, path)) return [link];
  return [{ kind: "lines", path: diversionsPath, lines: [path, aside, localDiverter] }, link];
}

function isPackaged(root: RootFolder, path: string): boolean {
  const list = readTextIfThere(root, packageListPath, packageListBytesMax);
  return list?.split("\n").includes(path) ?? false;
}

function isOurLink(root: RootFolder, path: string): boolean {
  const found = lookAt(root, path);
  return found.kind === "link" && (found.target === linkTarget || found.target === binaryPath);
}
