import { SysError } from "../../native/errno.ts";
import type { FileStatus } from "../../native/file-status.ts";
import { openedPath } from "../../native/opened-path.ts";
import { RootFolder } from "../../native/root-folder.ts";
import { OpenFlag } from "../../native/structs.ts";
import { Denial } from "../commands/guest-error.ts";
import type { Approve } from "../linux/checked-open.ts";
import type { PolicyFile } from "./schema.ts";

type FileRules = NonNullable<PolicyFile["files"]>;

/** What is opened for what: `read`, `write` or both. */
export interface Access {
  readonly reads: boolean;
  readonly writes: boolean;
}

/** Where files of the kernel are and not of a disk: a rule has to begin there to be about them. */
const kernelFolders = ["/proc", "/sys", "/dev"];

/** Which files may be opened, by where they really are. */
export class PathRules {
  readonly #read: readonly PathRule[] | null;
  readonly #write: readonly PathRule[] | null;
  readonly #deny: readonly PathRule[];
  readonly #special: readonly PathRule[];
  readonly #allowsHardLinks: boolean;

  /** Without rules, or with `deny` alone, every file may be opened; with one list the other one is empty. */
  constructor(rules: FileRules | undefined) {
    const { read, write } = rules ?? {};
    const narrows = read !== undefined || write !== undefined;
    this.#read = narrows ? (read ?? []).map((rule) => new PathRule(rule)) : null;
    this.#write = narrows ? (write ?? []).map((rule) => new PathRule(rule)) : null;
    this.#deny = (rules?.deny ?? []).flatMap(forbidding);
    this.#special = (rules?.special ?? []).map((rule) => new PathRule(rule));
    this.#allowsHardLinks = rules?.["hard-links"] ?? false;
  }

  /** What approves of a file that is opened; it throws Denial with the rule that is against it. */
  approve(access: Access): Approve {
    const approveName = this.approveName(access);
    return (path, status) => {
      approveName(path, status);
      if (status !== null) this.#mustBePlain(path, status);
    };
  }

  /** The same for what needs no opening, so that it does not matter what is there. */
  approveName({ reads, writes }: Access): Approve {
    return (path, status) => {
      mustHavePath(path, status);
      const denied = this.#deny.find((rule) => rule.covers(path));
      if (denied !== undefined) throw new Denial(`files.deny has ${denied.text}: ${path}`);
      if (reads) mustBeAmong("files.read", this.#read, path);
      if (writes) mustBeAmong("files.write", this.#write, path);
    };
  }

  /**
   * Approves of a move, of a folder with all that is in it: nothing may come out of what is denied, nor to where more may be
   * done with it than where it is. @throws Denial
   */
  approveMove(from: string, to: string, isFolder: boolean): void {
    for (const path of [from, to]) {
      this.approveName({ reads: false, writes: true })(path, null);
      const denied = isFolder ? this.#deny.find((rule) => rule.mayCoverBelow(path)) : undefined;
      if (denied !== undefined) throw new Denial(`files.deny has ${denied.text}, below ${path}`);
      if (!coversAll(this.#write, path, isFolder)) {
        throw new Denial(`files.write does not have all that is below it: ${path}`);
      }
    }
    for (const [name, rules] of [
      ["files.read", this.#read],
      ["files.special", this.#special],
    ] as const) {
      if (!reaches(rules, to, isFolder) || coversAll(rules, from, isFolder)) continue;
      throw new Denial(`${name} has what comes to be ${to}, and not all that is ${from}`);
    }
  }

  /** Whether there is nothing that could be opened so. */
  isEmptyFor({ reads, writes }: Access): boolean {
    return (reads && this.#read?.length === 0) || (writes && this.#write?.length === 0);
  }

  #mustBePlain(path: string, { type, links }: FileStatus): void {
    // What is a link here is meant itself: it was not followed.
    if (type !== "file" && type !== "directory" && type !== "symlink") {
      if (this.#special.some((rule) => rule.covers(path))) return;
      throw new Denial(`files.special does not have this ${wordOf[type]}: ${path}`);
    }
    // Under its other name it may be where no rule lets the host go.
    if (type === "file" && links > 1 && !this.#allowsHardLinks) {
      throw new Denial(`the file has ${links} names, and files.hard-links is not true: ${path}`);
    }
  }
}

const wordOf = {
  block: "block device",
  char: "character device",
  fifo: "FIFO",
  socket: "socket",
} as const;

function mustHavePath(path: string, status: FileStatus | null): void {
  if (!path.startsWith("/")) throw new Denial(`not below the root of the agent: ${path}`);
  if (path.split("/").includes("..")) throw new Denial(`".." behind what is not there: ${path}`);
  if (status?.links === 0) throw new Denial(`it has no path any more: ${path}`);
}

function mustBeAmong(name: string, rules: readonly PathRule[] | null, path: string): void {
  const isCovered =
    rules === null ? kernelFolderOf(path) === null : rules.some((rule) => rule.covers(path));
  if (!isCovered) throw new Denial(`${name} does not have it: ${path}`);
}

/** Whether rules are about a path, and of a folder about all that could be below it. */
function coversAll(rules: readonly PathRule[] | null, path: string, isFolder: boolean): boolean {
  if (rules === null) return kernelFolderOf(path) === null;
  return rules.some((rule) => rule.covers(path) && !(isFolder && !rule.goesDown));
}

/** Whether rules are about a path, or of a folder about anything that could be below it. */
function reaches(rules: readonly PathRule[] | null, path: string, isFolder: boolean): boolean {
  if (rules === null) return kernelFolderOf(path) === null;
  return rules.some((rule) => rule.covers(path) || (isFolder && rule.mayCoverBelow(path)));
}

function kernelFolderOf(path: string): string | null {
  return kernelFolders.find((folder) => path === folder || path.startsWith(`${folder}/`)) ?? null;
}

/** A path with all that is below it, or a pattern: `*` and `?` stay within a name, `**` does not. */
class PathRule {
  readonly text: string;
  readonly #glob: Bun.Glob | null;
  readonly #folder: string;
  readonly #forbids: boolean;
  readonly #kernelFolder: string | null;

  /** `forbids`: is about the kernel's files, too, wherever it begins. */
  constructor(text: string, forbids = false) {
    this.text = text;
    this.#forbids = forbids;
    this.#folder = text.replace(/\/+$/, "");
    this.#glob = /[*?]/.test(text) ? new Bun.Glob(text) : null;
    this.#kernelFolder = kernelFolderOf(text);
  }

  covers(path: string): boolean {
    if (!this.#forbids && kernelFolderOf(path) !== this.#kernelFolder) return false;
    if (this.#glob !== null) return this.#glob.match(path);
    return path === this.#folder || path.startsWith(`${this.#folder}/`);
  }

  /** What it covers it covers with all that is below. */
  get goesDown(): boolean {
    return this.#glob === null || this.text.endsWith("/**");
  }

  /** Whether it might cover something below a path: for certain where it says no. */
  mayCoverBelow(path: string): boolean {
    const expected = namesOf(this.text);
    const names = namesOf(path);
    for (const [index, name] of names.entries()) {
      const rule = expected[index];
      // A folder stands for what is below it, a pattern does not.
      if (rule === undefined) return this.#glob === null;
      if (rule.includes("**")) return true;
      const fits = /[*?]/.test(rule) ? new Bun.Glob(rule).match(name) : rule === name;
      if (!fits) return false;
    }
    return expected.length > names.length || this.#glob === null;
  }
}

function namesOf(path: string): string[] {
  return path.split("/").filter((name) => name !== "");
}

/**
 * A rule that forbids, also under the path that its beginning leads to: /var/run is a link to /run on most systems. What
 * allows is not looked up like that: who owns a folder could make it a link to everything.
 */
function forbidding(text: string): PathRule[] {
  const resolved = resolvedRule(text);
  const texts = resolved === null ? [text] : [text, resolved];
  return texts.map((each) => new PathRule(each, true));
}

/** The rule with links in it followed as far as there are no wildcards; null where there are none to follow. */
export function resolvedRule(text: string): string | null {
  const names = text.split("/");
  const wild = names.findIndex((name) => /[*?]/.test(name));
  for (let kept = wild === -1 ? names.length : wild; kept > 1; kept--) {
    const real = realPath(names.slice(0, kept).join("/"));
    if (real === null) continue;
    const resolved = [real === "/" ? "" : real, ...names.slice(kept)].join("/");
    return resolved === text ? null : resolved;
  }
  return null;
}

/** Null for what is not there, or cannot be looked at. */
export function realPath(path: string): string | null {
  try {
    using root = RootFolder.open("/");
    using found = root.open(path, OpenFlag.O_PATH);
    return openedPath(found);
  } catch (error) {
    if (error instanceof SysError) return null;
    throw error;
  }
}
