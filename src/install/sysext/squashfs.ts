import type { ImageFormat } from "./image-format.ts";
import { findProgram, runImageTool } from "./image-tool.ts";

export const squashfs: ImageFormat = {
  name: "squashfs",
  package: "squashfs-tools",
  programs: ["mksquashfs"],

  make({ tree, image, epoch }) {
    const program = findProgram("mksquashfs") ?? "mksquashfs";
    const traits = ["-all-root", "-no-xattrs", "-noappend", "-no-progress", "-quiet"];
    runImageTool([program, tree, image, ...traits], { cwd: tree, epoch });
  },
};
