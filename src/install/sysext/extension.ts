import rules from "../assets/guestwire.rules" with { type: "text" };
import mergedUnit from "../assets/guestwire-merged.service" with { type: "text" };
import { type Content, textContent } from "../content.ts";
import { device, ownName, unitText } from "../init-systems/systemd.ts";
import { InstallError } from "../install-error.ts";
import { binaryPath } from "../paths.ts";
import type { FilePiece, LinkPiece } from "../piece.ts";

/** For which systems an extension is. */
export interface ExtensionTarget {
  /** What the image is called without .raw: systemd looks for the release file by this name. */
  readonly name: string;
  /** ID= of os-release(5), or `_any`. */
  readonly os: string;
  /** VERSION_ID=; null for any. */
  readonly osVersion: string | null;
  /** As `uname -m` has it. */
  readonly machine: string;
}

export type ExtensionPiece = FilePiece | LinkPiece;

/** systemd's names of machines (os-release(5), ARCHITECTURE=). */
const architectures: Readonly<Record<string, string>> = { x86_64: "x86-64", aarch64: "arm64" };

const units = "/usr/lib/systemd/system";
const mergedName = "guestwire-merged.service";

/**
 * What a system extension consists of: below /usr alone. There is no systemctl enable for what is merged, so the links
 * that it would make are part of it.
 * @throws InstallError
 */
export function extensionPieces(target: ExtensionTarget, binary: Content): ExtensionPiece[] {
  const service = {
    program: binaryPath,
    replacesQemuGa: false,
    machine: target.machine,
    profile: null,
  };
  return [
    { kind: "file", path: binaryPath, mode: 0o755, content: binary },
    text(`/usr/lib/extension-release.d/extension-release.${target.name}`, releaseText(target)),
    text(`${units}/${ownName}`, unitText(service)),
    // A port that comes up behind the merger starts the agent; for one that was there before, somebody has to.
    { kind: "link", path: `${units}/${device}.wants/${ownName}`, target: `../${ownName}` },
    text(`${units}/${mergedName}`, mergedUnit),
    // Wants= counts only for targets that are not up yet, Upholds= also after a reload.
    text(`${units}/multi-user.target.d/10-guestwire.conf`, `[Unit]\nUpholds=${mergedName}\n`),
    text("/usr/lib/udev/rules.d/60-guestwire.rules", rules),
  ];
}

function releaseText({ os, osVersion, machine }: ExtensionTarget): string {
  const architecture = architectures[machine];
  if (architecture === undefined) {
    throw new InstallError(`There are no system extensions of guestwire for ${machine}`);
  }
  const version = osVersion === null ? "" : `VERSION_ID=${osVersion}\n`;
  // Since systemd 255 a merger reloads the manager itself.
  return `ID=${os}\n${version}ARCHITECTURE=${architecture}\nEXTENSION_RELOAD_MANAGER=1\n`;
}

function text(path: string, content: string): FilePiece {
  return { kind: "file", path, mode: 0o644, content: textContent(content) };
}
