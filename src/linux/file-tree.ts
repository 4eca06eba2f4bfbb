import { errnoOf, SysError } from "../../native/errno.ts";
import { Fd } from "../../native/fd.ts";
import { type FileStatus, fileStatusIfThere } from "../../native/file-status.ts";
import { readFile, readLink } from "../../native/files.ts";
import { listFolder } from "../../native/folder.ts";
import { OpenFlag } from "../../native/structs.ts";

/** Package databases are the largest: some 30,000 packages. */
const textBytesMax = 64 * 1024 * 1024;
/** As many as the kernel follows on one path (MAXSYMLINKS). */
const linksMax = 40;

/** Nothing stands there: the name, or a folder on the way to it. */
const missing: ReadonlySet<string> = new Set(["ENOENT", "ENOTDIR"]);

/**
 * Files that stand for those of a system: its own, or below a folder those of another one, such as an unpacked image.
 * Then links are followed as that system would follow them, and none leads out of the folder.
 */
export class FileTree {
  /** Empty for the running system. */
  readonly root: string;

  constructor(root: string) {
    this.root = root.replace(/\/+$/, "");
  }

  /** Where a file of the system is on this machine; the last name is followed as well. @throws SysError ELOOP */
  real(path: string): string {
    return this.root === "" ? path : `${this.root}${this.#followed(path, "all")}`;
  }

  /** The same, but a link that the path itself names is not followed. @throws SysError ELOOP */
  place(path: string): string {
    return this.root === "" ? path : `${this.root}${this.#followed(path, "folders")}`;
  }

  /** Where a file of the system is in the system, all links followed: its one true name. @throws SysError ELOOP */
  trueName(path: string): string {
    return this.#followed(path, "all");
  }

  /** Null where there is nothing. @throws SysError */
  status(path: string): FileStatus | null {
    return unlessMissing(() => fileStatusIfThere(this.real(path)));
  }

  exists(path: string): boolean {
    return this.status(path) !== null;
  }

  /** The text of a file, or null where there is none. @throws SysError */
  text(path: string): string | null {
    const bytes = unlessMissing(() => readFile(this.real(path), textBytesMax));
    return bytes === null ? null : new TextDecoder().decode(bytes);
  }

  /** The same without blanks at either end, for files of /sys and /proc. @throws SysError */
  word(path: string): string | null {
    return this.text(path)?.trim() ?? null;
  }

  /** The last lines of a log, at most so many bytes of them; null where there is none. @throws SysError */
  lastLines(path: string, bytesMax: number): string | null {
    return unlessMissing(() => lastText(this.real(path), bytesMax));
  }

  /** The names in a folder in the order of the alphabet; none where there is no such folder. @throws SysError */
  names(path: string): string[] {
    return unlessMissing(() => listFolder(this.real(path)))?.sort() ?? [];
  }

  /** What a link says, or null where there is none. @throws SysError */
  link(path: string): string | null {
    return unlessMissing(() => linkIfOne(this.place(path)));
  }

  /** Component by component, so that `..` and absolute targets end at the root. */
  #followed(path: string, which: "all" | "folders"): string {
    const done: string[] = [];
    const ahead = path.split("/");
    for (let links = 0; ; ) {
      const name = ahead.shift();
      if (name === undefined) return `/${done.join("/")}`;
      if (name === "" || name === ".") continue;
      if (name === "..") {
        done.pop();
        continue;
      }
      const isLast = ahead.every((each) => each === "" || each === ".");
      const target =
        isLast && which === "folders"
          ? null
          : unlessMissing(() => linkIfOne(`${this.root}/${[...done, name].join("/")}`));
      if (target === null) {
        done.push(name);
        continue;
      }
      links += 1;
      if (links > linksMax) throw new SysError("follow", errnoOf("ELOOP"), path);
      if (target.startsWith("/")) done.length = 0;
      ahead.unshift(...target.split("/"));
    }
  }
}

function lastText(path: string, bytesMax: number): string {
  using file = Fd.open(path, OpenFlag.O_RDONLY | OpenFlag.O_NONBLOCK | OpenFlag.O_NOCTTY);
  const size = Number(file.stat().size);
  const start = Math.max(0, size - bytesMax);
  if (size === 0) return "";
  const memory = new Uint8Array(size - start);
  const count = file.readAt(memory, start);
  const text = new TextDecoder().decode(memory.subarray(0, count));
  return start === 0 ? text : text.slice(text.indexOf("\n") + 1);
}

function linkIfOne(path: string): string | null {
  try {
    return readLink(path);
  } catch (error) {
    // EINVAL: it is no link (readlink(2)).
    if (error instanceof SysError && error.code === "EINVAL") return null;
    throw error;
  }
}

function unlessMissing<T>(act: () => T): T | null {
  try {
    return act();
  } catch (error) {
    if (error instanceof SysError && missing.has(error.code)) return null;
    throw error;
  }
}
