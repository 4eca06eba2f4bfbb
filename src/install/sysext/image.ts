import { RootFolder } from "../../../native/root-folder.ts";
import { carryOut } from "../carry-out.ts";
import { InstallError } from "../install-error.ts";
import { installStep } from "../plan.ts";
import { ext4 } from "./ext4.ts";
import type { ExtensionPiece } from "./extension.ts";
import type { ImageFormat } from "./image-format.ts";
import { findProgram } from "./image-tool.ts";
import { squashfs } from "./squashfs.ts";

/** The smaller one first. */
const formats: readonly ImageFormat[] = [squashfs, ext4];

export const formatNames = formats.map(({ name }) => name);

/** The one of that name, or one that this machine has the programs for. @throws InstallError when it has none */
export function chooseFormat(name: string | undefined): ImageFormat {
  const wanted = formats.filter((format) => name === undefined || format.name === name);
  const format = wanted.find(({ programs }) => programs.every((one) => findProgram(one) !== null));
  if (format !== undefined) return format;
  const needs = wanted.map(({ programs, package: from }) => `${programs.join(" and ")} (${from})`);
  throw new InstallError(
    `This machine has nothing to make the image with: install ${needs.join(", or ")}`,
  );
}

/**
 * Makes an image of the pieces. What stood at the path before is there until all of the new one is.
 * @param epoch the time that all in it has, in seconds since 1970; not 0
 * @throws InstallError, SysError, after which there is nothing new
 */
export function makeImage(
  path: string,
  pieces: readonly ExtensionPiece[],
  format: ImageFormat,
  epoch: number,
): void {
  const { mkdirSync, mkdtempSync, renameSync, rmSync } = process.getBuiltinModule("node:fs");
  const { resolve } = process.getBuiltinModule("node:path");
  // Beside the image: there is room for it, and it can be renamed.
  holdSignals();
  const workshop = withReason(path, () => mkdtempSync(`${resolve(path)}.`));
  try {
    const tree = `${workshop}/tree`;
    mkdirSync(tree, { mode: 0o755 });
    using root = RootFolder.open(tree);
    carryOut(
      root,
      pieces.map((piece) => installStep(piece, "create")),
      false,
    );
    const image = `${workshop}/image`;
    format.make({ tree, pieces, image, epoch });
    withReason(path, () => renameSync(image, path));
  } finally {
    rmSync(workshop, { recursive: true, force: true });
  }
}

/** Who presses Ctrl-C ends the program that makes the image, and we tidy up behind it. */
function holdSignals(): void {
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, () => undefined);
}

function withReason<T>(path: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw new InstallError(`Cannot make "${path}": ${(error as NodeJS.ErrnoException).code}`, {
      cause: error,
    });
  }
}
