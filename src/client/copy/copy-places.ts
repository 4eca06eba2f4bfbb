import { copyTree } from "./copy-tree.ts";
import { CopyError } from "./errors.ts";
import { HostTree } from "./host-tree.ts";
import { baseName, folderOf, joined, type Place, shownPath, trimmed } from "./place.ts";
import type { Progress } from "./progress.ts";
import type { Sides } from "./sides.ts";
import type { Entry, Tree } from "./tree.ts";

export interface CopyOrder {
  readonly sources: readonly Place[];
  readonly destination: Place;
  readonly recursive: boolean;
  /** Whether to find out first how much there is, which takes a look at all of it. */
  readonly measures: boolean;
}

export interface CopyReport {
  readonly signal: AbortSignal;
  readonly progress: Progress;
  /** Something is not copied, or not as it should be. */
  readonly complain: (text: string) => void;
  readonly skip: (text: string) => void;
  /** An unfinished copy; null: there is none any more. */
  readonly part: (path: string | null) => void;
}

interface Found {
  readonly place: Place;
  readonly path: string;
  readonly entry: Entry;
  readonly tree: Tree;
}

/**
 * Copies as cp(1) does: into the destination where that is a folder, else to that name.
 * @throws what ends all of it; what is not copied is complained of
 */
export async function copyPlaces(
  { sources, destination, recursive, measures }: CopyOrder,
  sides: Sides,
  report: CopyReport,
): Promise<void> {
  const found: Found[] = [];
  for (const place of sources) {
    const each = await look(place, sides, recursive);
    if (each === null) report.complain(`"${shownPath(place.path)}" is not there`);
    else if (each.entry.type === "directory" && !recursive) {
      report.complain(`"${shownPath(place.path)}" is a directory: it needs -r`);
    } else found.push(each);
  }
  if (found.length === 0) return;
  const to = await destinationOf(destination, sides, found);
  if (measures) await measure(found, recursive, report);
  for (const { place, path, entry, tree } of found) {
    const name = to.isFolder ? ownName(place.path) : "";
    const target = name === "" ? to.path : joined(to.path, name);
    mustBeElsewhere(place, path, destination, target);
    await copyTree(
      { from: tree, to: to.tree, recursive, again: (work) => sides.again(work), ...report },
      path,
      entry,
      target,
    );
  }
  try {
    await sides.again(() => to.tree.sync(to.isFolder ? to.path : folderOf(to.path)));
  } catch (error) {
    if (!(error instanceof CopyError)) throw error;
    report.skip(error.message);
  }
}

async function look(place: Place, sides: Sides, recursive: boolean): Promise<Found | null> {
  const path = absolute(place);
  const links = recursive ? "keep" : "follow";
  if (place.kind === "guest") {
    const tree = await sides.guest(place);
    const entry = await sides.again(() => tree.stat(path, links));
    return entry === null ? null : { place, path, entry, tree };
  }
  const entry = HostTree.look(path, links);
  if (entry === null) return null;
  const tree = sides.host(entry.type === "directory" ? path : folderOf(path));
  return { place, path, entry, tree };
}

interface Destination {
  readonly path: string;
  readonly tree: Tree;
  /** Copies get the names of their sources in it. */
  readonly isFolder: boolean;
}

async function destinationOf(
  place: Place,
  sides: Sides,
  sources: readonly Found[],
): Promise<Destination> {
  const path = absolute(place);
  const there =
    place.kind === "host"
      ? HostTree.look(path, "follow")
      : await sides.guest(place).then((tree) => sides.again(() => tree.stat(path, "follow")));
  const isFolder = there?.type === "directory";
  const single = sources.length === 1 ? sources[0] : undefined;
  const mustBeFolder =
    single === undefined || (place.path.endsWith("/") && single.entry.type !== "directory");
  if (!isFolder && mustBeFolder) {
    throw new CopyError(`"${shownPath(place.path)}" is not a directory`);
  }
  if (there !== null && !isFolder && single?.entry.type === "directory") {
    throw new CopyError(
      `"${shownPath(place.path)}" is a ${there.type}, which no directory replaces`,
    );
  }
  const tree = await sides.tree(place, isFolder ? path : folderOf(path));
  return { path, tree, isFolder };
}

/** What a copy is called in a folder; empty: it is merged into the folder. */
function ownName(path: string): string {
  const name = baseName(path);
  return name === "." || name === ".." ? "" : name;
}

function absolute({ kind, path }: Place): string {
  const whole = kind === "guest" || path.startsWith("/") ? path : joined(process.cwd(), path);
  return trimmed(whole);
}

/** @throws CopyError for a folder that would be copied into itself */
function mustBeElsewhere(from: Place, path: string, to: Place, target: string): void {
  const isSameMachine =
    from.kind === "guest" && to.kind === "guest" && from.targetText === to.targetText;
  if (isSameMachine && `${target}/`.startsWith(`${path}/`)) {
    throw new CopyError(`"${shownPath(path)}" cannot be copied into itself`);
  }
}

async function measure(
  found: readonly Found[],
  recursive: boolean,
  { progress, signal }: CopyReport,
): Promise<void> {
  let bytes = 0n;
  let files = 0;
  const count = async ({ type, size }: Entry, path: string, tree: Tree): Promise<void> => {
    signal.throwIfAborted();
    if (type === "file") {
      bytes += size;
      files++;
    }
    if (type !== "directory" || !recursive) return;
    try {
      for await (const entries of tree.list(path)) {
        for (const entry of entries) await count(entry, joined(path, entry.name), tree);
      }
    } catch (error) {
      // It is told when it is to be copied.
      if (!(error instanceof CopyError)) throw error;
    }
  };
  for (const { entry, path, tree } of found) await count(entry, path, tree);
  progress.totalBytes = bytes;
  progress.totalFiles = files;
}
