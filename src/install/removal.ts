import type { RootFolder } from "../../native/root-folder.ts";
import { type Found, isSameFile, isThere, lookAt } from "./found.ts";
import { withoutLines } from "./lines.ts";
import type { Entry } from "./manifest.ts";
import { readShared, writeShared } from "./shared-file.ts";
import type { Step } from "./step.ts";

/** What becomes of things that were installed. */
export interface Removal {
  readonly steps: readonly Step[];
  /** What stays and why, each in a sentence. */
  readonly notices: readonly string[];
}

/** @throws InstallError, SysError */
export function planRemoval(root: RootFolder, entries: readonly Entry[], force: boolean): Removal {
  const removals = entries.map((entry) => removalOf(root, entry, force));
  return {
    steps: removals.flatMap(({ steps }) => steps),
    notices: removals.flatMap(({ notices }) => notices),
  };
}

function removalOf(root: RootFolder, entry: Entry, force: boolean): Removal {
  if (entry.kind === "lines") return { steps: removalOfLines(root, entry), notices: [] };
  const found = lookAt(root, entry.path);
  if (entry.aside !== undefined) {
    return bringBack(root, entry.path, entry.aside, isAsInstalled(root, found, entry));
  }
  if (found.kind === "nothing") return { steps: [], notices: [] };
  if (!isAsInstalled(root, found, entry) && (!force || found.kind === "other")) {
    return {
      steps: [],
      notices: [`keep ${entry.path}: it was changed since it was installed (--force removes it)`],
    };
  }
  return { steps: [removalStep(entry.path)], notices: [] };
}

/** Whether what stands there is what the manifest says. @throws SysError */
export function isAsInstalled(root: RootFolder, found: Found, entry: Entry): boolean {
  if (entry.kind === "file") {
    return found.kind === "file" && found.sha256 === entry.sha256 && found.mode === entry.mode;
  }
  return (
    entry.kind === "link" &&
    found.kind === "link" &&
    (found.target === entry.target || leadToTheSame(root, found.target, entry.target))
  );
}

/** `systemctl enable` may call the folder of a unit by another name than we do, such as /lib for /usr/lib. */
function leadToTheSame(root: RootFolder, ...targets: readonly [string, string]): boolean {
  return (
    targets.every((target) => target.startsWith("/") && isThere(root, target)) &&
    isSameFile(root, ...targets)
  );
}

function removalStep(path: string): Step {
  return {
    verb: "remove",
    path,
    note: "",
    carryOut: (transaction) => transaction.remove(path),
  };
}

/** What was moved aside comes back, unless its place was taken meanwhile, as by an upgrade of its package. */
function bringBack(root: RootFolder, path: string, aside: string, isOurs: boolean): Removal {
  const hasAside = lookAt(root, aside).kind !== "nothing";
  const isFree = isOurs || lookAt(root, path).kind === "nothing";
  if (!hasAside) return { steps: isOurs ? [removalStep(path)] : [], notices: [] };
  if (!isFree) {
    return {
      steps: [removalStep(aside)],
      notices: [`keep ${path}: it was put there since, in the place of what is at ${aside}`],
    };
  }
  const step: Step = {
    verb: "bring back",
    path,
    note: `from ${aside}`,
    carryOut: (transaction) => transaction.rename(aside, path),
  };
  return { steps: [step], notices: [] };
}

function removalOfLines(root: RootFolder, entry: Entry & { readonly kind: "lines" }): Step[] {
  const { path, lines, madeFile } = entry;
  const text = readShared(root, path);
  const rest = text === null ? null : withoutLines(text, lines);
  if (text === null || rest === null || rest === text) return [];
  if (rest === "" && madeFile) return [removalStep(path)];
  const step: Step = {
    verb: "edit",
    path,
    note: `without "${lines.join('", "')}"`,
    carryOut: (transaction) => writeShared(root, transaction, path, rest),
  };
  return [step];
}
