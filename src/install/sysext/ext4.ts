import { folderOf, nameOf } from "../paths.ts";
import type { ExtensionPiece } from "./extension.ts";
import type { ImageFormat } from "./image-format.ts";
import { findProgram, runImageTool } from "./image-tool.ts";

/** One for all: whoever mounts an extension does not ask for it, and a new one each time would make images differ. */
const uuid = "5a7c9d10-6a5e-4f6e-9b1d-6775657374ff";
const blockBytes = 4096;
const inodes = 64;
/** For what is not content: tables, folders, and what resize2fs could use. */
const spareBytes = 4 * 1024 * 1024;

/**
 * Filled by debugfs(8): mke2fs -d takes folders in the order in which the file system of the machine lists them, and
 * keeps the time at which each file was made there.
 */
export const ext4: ImageFormat = {
  name: "ext4",
  package: "e2fsprogs",
  programs: ["mke2fs", "debugfs"],

  make({ tree, pieces, image, epoch }) {
    const [mke2fs, debugfs] = this.programs.map((name) => findProgram(name) ?? name) as [
      string,
      string,
    ];
    const bytes = pieces.reduce((sum, piece) => sum + sizeOf(piece), spareBytes);
    const traits = [
      ...["-q", "-t", "ext4", "-b", String(blockBytes), "-m", "0", "-N", String(inodes)],
      ...["-O", "^has_journal,^resize_inode", "-U", uuid],
      ...["-E", `hash_seed=${uuid},lazy_itable_init=0,root_owner=0:0`],
    ];
    runImageTool([mke2fs, ...traits, image, `${Math.ceil(bytes / 1024)}k`], { cwd: tree, epoch });
    runImageTool([debugfs, "-w", "-f", "-", image], {
      cwd: tree,
      epoch,
      input: script(pieces),
      // Its status is 0 whatever happens.
      isComplaint: (line) => !/^debugfs \d/.test(line),
    });
  },
};

function sizeOf(piece: ExtensionPiece): number {
  const bytes = piece.kind === "file" ? piece.content.bytes : 0;
  return Math.ceil(bytes / blockBytes + 1) * blockBytes;
}

/** Commands of debugfs, which knows native paths from where it runs. */
function script(pieces: readonly ExtensionPiece[]): string {
  const made = new Set(["/"]);
  const lines: string[] = [];
  function enter(folder: string): void {
    if (!made.has(folder)) {
      enter(folderOf(folder));
      made.add(folder);
      lines.push(`mkdir ${nameOf(folder)}`);
    }
    lines.push(`cd ${folder}`);
  }
  for (const piece of pieces) {
    enter(folderOf(piece.path));
    const name = nameOf(piece.path);
    lines.push(
      piece.kind === "link"
        ? `symlink ${name} ${piece.target}`
        : `write ${piece.path.slice(1)} ${name}`,
    );
  }
  return `${lines.join("\n")}\n`;
}
