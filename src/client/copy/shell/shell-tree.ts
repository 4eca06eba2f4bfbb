/** Files of a guest whose agent has nothing but QEMU's commands: guest-file-* for what is large, and programs of the guest's. */
import { setIdBits } from "../../../../native/file-status.ts";
import { pathOfBytes } from "../../../../native/path-bytes.ts";
import { NonsenseError } from "../../errors.ts";
import { CopyError } from "../errors.ts";
import type { Owners } from "../owners.ts";
import { interimName } from "../part-name.ts";
import { baseName, folderOf, joined, shownPath } from "../place.ts";
import { changed, inTheWay, mismatch } from "../refusals.ts";
import { sha256 } from "../sha256.ts";
import type { Attributes, Entry, NamedEntry, Part, Source, Tree, WholeFile } from "../tree.ts";
import * as scripts from "./scripts.ts";
import { failed, octal, type Ran, type Shell, scriptCode } from "./shell.ts";
import { ShellPart } from "./shell-part.ts";
import { ShellSource } from "./shell-source.ts";
import { readFound, readListed, readStat } from "./told-entry.ts";

/** What an agent has to have. */
export const shellTreeCommands = [
  "guest-exec",
  "guest-exec-status",
  "guest-file-open",
  "guest-file-read",
  "guest-file-write",
  "guest-file-seek",
  "guest-file-flush",
  "guest-file-close",
] as const;

const wholeBytesMax = 256 * 1024;
/** Of a request, for what is not base64: the script, and the path. */
const aroundBytes = 32 * 1024;
/** Most of the time a script is waited for. */
const filesMax = 8;

export class ShellTree implements Tree {
  readonly where = "guest";
  readonly filesMax = filesMax;
  readonly #shell: Shell;
  readonly #owners: Owners;

  constructor(shell: Shell, owners: Owners) {
    this.#shell = shell;
    this.#owners = owners;
  }

  get wholeBytesMax(): number {
    return Math.min(wholeBytesMax, this.#requestBytes);
  }

  get #requestBytes(): number {
    const { requestBytesMax } = this.#shell.line.client;
    return Math.max(0, Math.floor((requestBytesMax - aroundBytes) / 4) * 3);
  }

  async stat(path: string, links: "follow" | "keep"): Promise<Entry | null> {
    const follow = links === "follow" ? "-L" : "";
    const ran = await this.#shell.run(scripts.statScript, [octal(path), "", follow]);
    if (ran.exitCode === scriptCode.absent) return null;
    if (ran.exitCode !== 0) throw failed(`Cannot stat "${shownPath(path)}"`, ran);
    return readStat(ran.stdout.toString("latin1"));
  }

  async *list(path: string): AsyncGenerator<readonly NamedEntry[]> {
    yield await this.#shell.line.again(async () => {
      const words = [octal(path), ""];
      const ran = await this.#shell.run(scripts.listScript, words);
      if (ran.exitCode === 0) return readFound(ran.stdout);
      if (ran.exitCode !== scriptCode.otherThere) throw failed(cannotList(path), ran);
      return readListed(await this.#shell.must(cannotList(path), scripts.slowListScript, words));
    });
  }

  async readLink(path: string): Promise<string> {
    const what = `Cannot read link "${shownPath(path)}"`;
    const bytes = await this.#shell.must(what, scripts.readLinkScript, [octal(path), ""]);
    if (bytes.length === 0 || bytes.includes(0)) throw changed(path);
    return pathOfBytes(bytes);
  }

  async readWhole(path: string, size: bigint): Promise<WholeFile> {
    const what = `Cannot read "${shownPath(path)}"`;
    const output = await this.#shell.must(what, scripts.readWholeScript, [octal(path), ""]);
    const first = output.indexOf("\n");
    const second = output.indexOf("\n", first + 1);
    if (first === -1 || second === -1)
      throw new NonsenseError("The guest's shell says something else");
    const entry = readStat(output.toString("latin1", 0, first));
    const bytes = output.subarray(second + 1);
    if (entry.size !== size || BigInt(bytes.length) !== size) throw changed(path);
    const hash = output.toString("latin1", first + 1, second).split(" ")[0] ?? "";
    if (sha256(bytes) !== hash) throw mismatch(path);
    return { bytes, sha256: hash, entry };
  }

  async writeWhole(path: string, file: WholeFile, attributes: Attributes): Promise<void> {
    const interim = this.#interim(path, "new");
    const words = [octal(interim), octal(path), ...this.#words(attributes), file.sha256];
    const ran = await this.#shell.run(scripts.writeWholeScript, words, file.bytes);
    if (ran.exitCode === scriptCode.mismatch) throw mismatch(path);
    this.#finished(path, ran);
  }

  async openSource(path: string, links: "follow" | "keep"): Promise<Source> {
    const entry = await this.stat(path, links);
    if (entry?.type !== "file") throw new CopyError(`"${shownPath(path)}" is no file any more`);
    return ShellSource.open(this.#shell, path, entry, () => this.stat(path, links));
  }

  async openPart(path: string): Promise<Part> {
    const ran = await this.#shell.run(scripts.openPartScript, [octal(path), ""]);
    if (ran.exitCode === scriptCode.symlink) throw inTheWay(path, "symlink");
    if (ran.exitCode !== 0) throw failed(`Cannot make "${shownPath(path)}"`, ran);
    const { type, size, links } = readStat(ran.stdout.toString("latin1"));
    if (type !== "file" || links !== 1) {
      throw new CopyError(`"${shownPath(path)}" is in the way: it is not the copy's own`);
    }
    return ShellPart.open(this.#shell, path, size, this.#requestBytes, (to, attributes) =>
      this.#finish(path, to, attributes),
    );
  }

  async makeFolder(path: string): Promise<void> {
    const ran = await this.#shell.run(scripts.makeFolderScript, [octal(path), ""]);
    if (ran.exitCode === scriptCode.symlink) throw inTheWay(path, "symlink");
    if (ran.exitCode === scriptCode.otherThere) throw inTheWay(path, "file");
    if (ran.exitCode !== 0) throw failed(`Cannot make directory "${shownPath(path)}"`, ran);
  }

  async makeLink(path: string, target: string, attributes: Attributes): Promise<void> {
    const [, ...rest] = this.#words(attributes);
    const words = [octal(this.#interim(path, "link")), octal(path), octal(target), ...rest];
    this.#finished(path, await this.#shell.run(scripts.makeLinkScript, words));
  }

  async setAttributes(path: string, attributes: Attributes): Promise<void> {
    const words = [octal(path), "", ...this.#words(attributes)];
    this.#finished(path, await this.#shell.run(scripts.setAttributesScript, words));
  }

  async sync(): Promise<void> {
    // Each large file is synced when it is finished.
  }

  async remove(path: string): Promise<void> {
    const what = `Cannot remove "${shownPath(path)}"`;
    await this.#shell.must(what, scripts.removeScript, [octal(path), ""]);
  }

  async #finish(part: string, path: string, attributes: Attributes): Promise<void> {
    const words = [octal(part), octal(path), ...this.#words(attributes)];
    this.#finished(path, await this.#shell.run(scripts.finishScript, words));
  }

  #finished(path: string, ran: Ran): void {
    if (ran.exitCode === scriptCode.directory) throw inTheWay(path, "directory");
    if (ran.exitCode !== 0) throw failed(`Cannot finish "${shownPath(path)}"`, ran);
    if (ran.stdout.includes("owner")) this.#owners.refuse("the agent may not give files to others");
    this.#shell.line.moved();
  }

  /** Mode, time and owner as the scripts take them. */
  #words({ mode, uid, gid, mtimeNs }: Attributes): string[] {
    const { isAllowed } = this.#owners;
    const nsPerSecond = 1_000_000_000n;
    const below = ((mtimeNs % nsPerSecond) + nsPerSecond) % nsPerSecond;
    const plain = (mode & ~setIdBits).toString(8);
    return [
      isAllowed ? mode.toString(8) : plain,
      String((mtimeNs - below) / nsPerSecond),
      String(below).padStart(9, "0"),
      isAllowed ? `${uid}:${gid}` : "",
      plain,
    ];
  }

  #interim(path: string, kind: "new" | "link"): string {
    return joined(folderOf(path), interimName(baseName(path), kind));
  }
}

function cannotList(path: string): string {
  return `Cannot list "${shownPath(path)}"`;
}
