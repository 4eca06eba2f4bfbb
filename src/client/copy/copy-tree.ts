/** Files and folders, one after the other or many at once. */
import { copyFile, isGone } from "./copy-file.ts";
import { CopyError } from "./errors.ts";
import { Lanes } from "./lanes.ts";
import { partName } from "./part-name.ts";
import { baseName, folderOf, joined, shownPath } from "./place.ts";
import type { Progress } from "./progress.ts";
import type { Attributes, Entry, Tree } from "./tree.ts";

/** Folders in folders; a guest that tells of more has none. */
const depthMax = 512;

export interface Copy {
  readonly from: Tree;
  readonly to: Tree;
  readonly recursive: boolean;
  readonly signal: AbortSignal;
  /** Does something once more where the way to a guest was lost. */
  readonly again: <T>(work: () => Promise<T>) => Promise<T>;
  /** Something is not copied. */
  readonly complain: (text: string) => void;
  /** Something is left out, as was to be expected. */
  readonly skip: (text: string) => void;
  readonly progress: Progress;
  /** An unfinished copy; null: there is none any more. */
  readonly part: (path: string | null) => void;
}

/**
 * Copies what stands at `source` to `destination`, which is the name of the copy itself.
 * @throws what ends all of it: a lost way to the guest, what `signal` was aborted with
 */
export async function copyTree(
  copy: Copy,
  source: string,
  entry: Entry,
  destination: string,
): Promise<void> {
  const lanes = new Lanes(Math.min(copy.from.filesMax, copy.to.filesMax));
  const folders: { readonly path: string; readonly attributes: Attributes }[] = [];
  try {
    await copyEntry(source, entry, destination, 0);
  } finally {
    await lanes.settled();
  }
  lanes.throwIfFailed();
  // Files that come into a folder change its time, and a folder that may not be written takes none.
  for (const { path, attributes } of folders.reverse()) {
    await lanes.add(() => orComplain(() => copy.to.setAttributes(path, attributes)));
  }
  await lanes.settled();
  lanes.throwIfFailed();

  async function copyEntry(from: string, what: Entry, to: string, depth: number): Promise<void> {
    copy.signal.throwIfAborted();
    lanes.throwIfFailed();
    switch (what.type) {
      case "file":
        return copyOneFile(from, what, to, depth);
      case "directory":
        return copyFolder(from, what, to, depth);
      case "symlink":
        return lanes.add(() =>
          orComplain(async () => {
            await copy.to.makeLink(to, await copy.from.readLink(from), what);
          }),
        );
      default:
        copy.skip(`"${shownPath(from)}" is left out: it is a ${what.type}`);
    }
  }

  async function copyFolder(from: string, what: Entry, to: string, depth: number): Promise<void> {
    if (depth > depthMax) return copy.complain(`"${shownPath(from)}" is too deep`);
    if (!(await orComplain(() => copy.to.makeFolder(to)))) return;
    folders.push({ path: to, attributes: what });
    await orComplain(
      async () => {
        for await (const entries of copy.from.list(from)) {
          for (const { name, ...each } of entries) {
            await copyEntry(joined(from, name), each, joined(to, name), depth + 1);
          }
        }
      },
      (work) => work(),
    );
  }

  async function copyOneFile(from: string, what: Entry, to: string, depth: number): Promise<void> {
    const wholeBytesMax = Math.min(copy.from.wholeBytesMax, copy.to.wholeBytesMax);
    // What is named itself may be reached by a link.
    if (depth > 0 && what.size <= wholeBytesMax && wholeBytesMax > 0) {
      return lanes.add(() => orComplain(() => copyWhole(from, what, to)));
    }
    // Its pieces fill the line.
    await lanes.settled();
    await orComplain(() => copyInPieces(from, to, depth === 0 ? "follow" : "keep"));
  }

  async function copyWhole(from: string, what: Entry, to: string): Promise<void> {
    using file = copy.progress.begin(from, what.size);
    const whole = await copy.from.readWhole(from, what.size);
    await copy.to.writeWhole(to, whole, whole.entry);
    file.done();
  }

  async function copyInPieces(from: string, to: string, links: "follow" | "keep"): Promise<void> {
    await using source = await copy.from.openSource(from, links);
    await mustBeReplaceable(to);
    using file = copy.progress.begin(from, source.entry.size);
    const partPath = joined(folderOf(to), partName(from, baseName(to), source.entry));
    await using part = await copy.to.openPart(partPath);
    copy.part(partPath);
    const attributes = source.entry;
    const at = (position: bigint) => file.at(position);
    try {
      await copyFile({ ...copy, source, part, path: to, attributes, at });
    } catch (error) {
      if (isGone(error)) copy.part(null);
      throw error;
    }
    copy.part(null);
    file.done();
  }

  async function mustBeReplaceable(path: string): Promise<void> {
    const there = await copy.to.stat(path, "keep");
    if (there?.type === "directory") {
      throw new CopyError(`"${shownPath(path)}" is a directory, which no file replaces`);
    }
  }

  /** Whether it was done. */
  async function orComplain(
    work: () => Promise<void>,
    again: <T>(work: () => Promise<T>) => Promise<T> = copy.again,
  ): Promise<boolean> {
    try {
      await again(work);
      return true;
    } catch (error) {
      copy.signal.throwIfAborted();
      if (!(error instanceof CopyError)) throw error;
      copy.complain(error.message);
      return false;
    }
  }
}
