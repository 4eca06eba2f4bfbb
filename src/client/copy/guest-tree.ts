/** Files of a guest, by guestwire's own commands. */
import { setIdBits } from "../../../native/file-status.ts";
import { bytesOfPath, pathOfBytes } from "../../../native/path-bytes.ts";
import type { ArgumentsOf, CommandName, ReturnOf } from "../../commands/registry.ts";
import type { JsonValue } from "../../wire/json.ts";
import { decodedBase64 } from "../base64.ts";
import { NonsenseError } from "../errors.ts";
import { closeHandle } from "./close-handle.ts";
import { CopyError } from "./errors.ts";
import type { GuestLine } from "./guest-line.ts";
import { GuestPart } from "./guest-part.ts";
import { GuestSource } from "./guest-source.ts";
import type { Owners } from "./owners.ts";
import { interimName } from "./part-name.ts";
import { folderOf, joined, nameOf, shownPath } from "./place.ts";
import { changed, inTheWay, mismatch, refusal } from "./refusals.ts";
import { sha256 } from "./sha256.ts";
import type {
  Attributes,
  Entry,
  NamedEntry,
  Part,
  Range,
  Source,
  Tree,
  WholeFile,
} from "./tree.ts";

/** What an agent has to have. */
export const guestTreeCommands = [
  "__org.guestwire_file-stat",
  "__org.guestwire_file-list",
  "__org.guestwire_file-open",
  "__org.guestwire_file-data",
  "__org.guestwire_file-get",
  "__org.guestwire_file-put",
  "__org.guestwire_file-read-at",
  "__org.guestwire_file-write-at",
  "__org.guestwire_file-hash",
  "__org.guestwire_file-change",
  "__org.guestwire_file-make",
  "__org.guestwire_file-rename",
  "__org.guestwire_file-remove",
  "__org.guestwire_file-sync",
  "guest-file-close",
] as const satisfies readonly CommandName[];

/** A machine that is paused, as for a snapshot, is no reason to give a copy up. Longer than an agent may hash. */
const replyMsMax = 90_000;

/** What a request has around its base64: names of members, and the path in base64 at the longest. */
const aroundBytes = 8 * 1024;

/** Larger files go in pieces, which shows how far they are and can be gone on with. */
const wholeBytesMax = 256 * 1024;

/** So many requests are under way that neither side waits for the other. */
const filesMax = 32;

const listEntriesMax = 4096;

/** Parts of a list without an entry in them; files that vanish meanwhile make some. */
const emptyPartsMax = 1000;

/** The member that says what file is meant. */
export function pathArguments(path: string): { path: string } | { "path-b64": Uint8Array } {
  return path.isWellFormed() ? { path } : { "path-b64": bytesOfPath(path) };
}

export class GuestTree implements Tree {
  readonly where = "guest";
  readonly #line: GuestLine;
  readonly #owners: Owners;

  constructor(line: GuestLine, owners: Owners) {
    this.#line = line;
    this.#owners = owners;
  }

  get wholeBytesMax(): number {
    return Math.min(wholeBytesMax, this.writeBytesMax);
  }

  get filesMax(): number {
    return filesMax;
  }

  /** Bytes that fit into a request. */
  get writeBytesMax(): number {
    return Math.floor((this.#line.client.requestBytesMax - aroundBytes) / 4) * 3;
  }

  async stat(path: string, links: "follow" | "keep"): Promise<Entry | null> {
    try {
      const follow = links === "follow";
      return entryIn(
        await this.call("__org.guestwire_file-stat", { ...pathArguments(path), follow }),
      );
    } catch (error) {
      if (error instanceof CopyError && isAbsence(error.message)) return null;
      throw error;
    }
  }

  async *list(path: string): AsyncGenerator<readonly NamedEntry[]> {
    let cursor: bigint | undefined;
    let emptyParts = 0;
    do {
      const position = cursor;
      const part = await this.#line.again(() =>
        this.call("__org.guestwire_file-list", {
          ...pathArguments(path),
          max: listEntriesMax,
          ...(position !== undefined && { cursor: position }),
        }),
      );
      emptyParts = part.entries.length === 0 ? emptyParts + 1 : 0;
      if (emptyParts > emptyPartsMax)
        throw new NonsenseError("The agent's list of a folder has no end");
      yield part.entries.map((entry) => ({ ...entryIn(entry), name: nameIn(entry["name-b64"]) }));
      cursor = part.cursor;
    } while (cursor !== undefined);
  }

  async readLink(path: string): Promise<string> {
    const { "target-b64": target } = await this.call(
      "__org.guestwire_file-stat",
      pathArguments(path),
    );
    const bytes = target === undefined ? new Uint8Array(0) : decodedBase64(target);
    if (bytes.length === 0 || bytes.includes(0)) throw changed(path);
    return pathOfBytes(bytes);
  }

  async readWhole(path: string, size: bigint): Promise<WholeFile> {
    const got = await this.call("__org.guestwire_file-get", pathArguments(path));
    const bytes = decodedBase64(got["buf-b64"]);
    if (got.size !== size || BigInt(bytes.length) !== size) throw changed(path);
    if (sha256(bytes) !== got.hash) throw mismatch(path);
    return { bytes, sha256: got.hash, entry: entryIn({ ...got, type: "file" }) };
  }

  async writeWhole(
    path: string,
    { bytes, sha256: hash }: WholeFile,
    { mode, mtimeNs, ...owner }: Attributes,
  ): Promise<void> {
    await this.withOwner(owner, (given) =>
      this.call("__org.guestwire_file-put", {
        ...pathArguments(path),
        "buf-b64": bytes,
        hash,
        mode: modeFor(mode, given),
        ...given,
        "mtime-ns": mtimeNs,
        replace: true,
      }),
    );
    this.#line.moved();
  }

  async openSource(path: string, links: "follow" | "keep"): Promise<Source> {
    const opened = await this.call("__org.guestwire_file-open", {
      ...pathArguments(path),
      nofollow: links === "keep",
    });
    const entry = entryIn(opened);
    const source = new GuestSource(this, this.#line, path, opened.handle, entry);
    if (entry.type === "file") return source;
    await source[Symbol.asyncDispose]();
    throw new CopyError(`"${shownPath(path)}" is no file any more`);
  }

  async openPart(path: string): Promise<Part> {
    let there = await this.stat(path, "keep");
    if (there?.type === "file" && there.uid !== (await this.#ownUid())) {
      // Whoever made it could read what is written to it.
      await this.remove(path);
      there = null;
    }
    const opened = await this.call("__org.guestwire_file-open", {
      ...pathArguments(path),
      mode: there === null ? "w" : "r+",
      nofollow: true,
      ...(there === null && { exclusive: true }),
    });
    const part = new GuestPart(
      this,
      this.#line,
      path,
      opened.handle,
      opened.size,
      this.writeBytesMax,
    );
    if (opened.type === "file" && opened.nlink === 1n) {
      await this.call("__org.guestwire_file-change", { ...pathArguments(path), mode: privateMode });
      return part;
    }
    await part[Symbol.asyncDispose]();
    throw new CopyError(`"${shownPath(path)}" is in the way: it is not the copy's own`);
  }

  /** Whom files belong to that the agent makes; null where that cannot be seen. */
  async #ownUid(): Promise<number | null> {
    try {
      return (await this.stat("/proc/self", "follow"))?.uid ?? null;
    } catch (error) {
      // Such as a policy that keeps hosts from /proc.
      if (error instanceof CopyError) return null;
      throw error;
    }
  }

  async makeFolder(path: string): Promise<void> {
    const there = await this.stat(path, "keep");
    if (there === null) {
      await this.call("__org.guestwire_file-make", { ...pathArguments(path), type: "directory" });
    } else if (there.type !== "directory") throw inTheWay(path, there.type);
  }

  async makeLink(path: string, target: string, { mtimeNs, ...owner }: Attributes): Promise<void> {
    const there = await this.stat(path, "keep");
    if (there?.type === "directory") throw inTheWay(path, there.type);
    const interim = joined(folderOf(path), interimName(path, "link"));
    if ((await this.stat(interim, "keep")) !== null) await this.remove(interim);
    await this.call("__org.guestwire_file-make", {
      ...pathArguments(interim),
      type: "symlink",
      "target-b64": bytesOfPath(target),
    });
    await this.withOwner(owner, (given) =>
      this.call("__org.guestwire_file-change", {
        ...pathArguments(interim),
        ...given,
        "mtime-ns": mtimeNs,
      }),
    );
    await this.rename(interim, path);
  }

  async setAttributes(path: string, { mode, mtimeNs, ...owner }: Attributes): Promise<void> {
    await this.withOwner(owner, (given) =>
      this.call("__org.guestwire_file-change", {
        ...pathArguments(path),
        mode: modeFor(mode, given),
        ...given,
        "mtime-ns": mtimeNs,
      }),
    );
  }

  /** SHA-256 of a range of a file; null where it ends before. */
  async hash(path: string, { start, end }: Range): Promise<string | null> {
    const count = end - start;
    const hashed = await this.call("__org.guestwire_file-hash", {
      ...pathArguments(path),
      offset: start,
      count,
    });
    if (hashed.count !== count) return null;
    this.#line.moved();
    return hashed.hash;
  }

  async sync(path: string): Promise<void> {
    await this.call("__org.guestwire_file-sync", pathArguments(path));
  }

  async rename(from: string, to: string): Promise<void> {
    const name = (key: "from" | "to", path: string) =>
      path.isWellFormed() ? { [key]: path } : { [`${key}-b64`]: bytesOfPath(path) };
    await this.call("__org.guestwire_file-rename", {
      ...name("from", from),
      ...name("to", to),
      replace: true,
    });
  }

  async remove(path: string): Promise<void> {
    await this.call("__org.guestwire_file-remove", pathArguments(path));
  }

  /** Asks behind what is under way. @throws CopyError the agent's refusal, and as AgentClient.call */
  async call<Name extends CommandName>(
    name: Name,
    args: ArgumentsOf<Name>,
  ): Promise<ReturnOf<Name>> {
    const { client, signal } = this.#line;
    type Call = (name: Name, args: unknown, options: unknown) => Promise<ReturnOf<Name>>;
    const options = { ahead: true, timeoutMs: replyMsMax, signal };
    try {
      // The two signatures say the same, which the compiler does not see through.
      return await (client.call as unknown as Call).call(client, name, args, options);
    } catch (error) {
      throw refusal(error);
    }
  }

  /**
   * Asks the same way, with arguments as bytes that stay as they are until it settles, and keeps of what comes what `take`
   * makes of it. @throws as `call`, and what `take` throws
   */
  async exchange<Taken>(
    name: CommandName,
    args: readonly Uint8Array[],
    take: (returned: JsonValue) => Taken,
  ): Promise<Taken> {
    const { client, signal } = this.#line;
    const options = { ahead: true, timeoutMs: replyMsMax, signal };
    try {
      return await client.requestInPlace(name, args, take, options);
    } catch (error) {
      throw refusal(error);
    }
  }

  async close(handle: bigint): Promise<void> {
    await closeHandle(this.#line.client, handle, { ahead: true });
  }

  /** Agents need not be root, or may be kept from giving files away. */
  async withOwner(
    owner: Pick<Entry, "uid" | "gid">,
    work: (given: { uid?: number; gid?: number }) => Promise<unknown>,
  ): Promise<void> {
    const given = this.#owners.of(owner);
    try {
      await work(given);
    } catch (error) {
      const isForbidden =
        error instanceof CopyError && /Operation not permitted/.test(error.message);
      if (!isForbidden || given.uid === undefined) throw error;
      await work({});
      this.#owners.refuse("the agent may not give files to others");
    }
  }
}

const privateMode = 0o600;

/** What runs as its owner must not do so for another one. */
export function modeFor(mode: number, given: { uid?: number }): number {
  return given.uid === undefined ? mode & ~setIdBits : mode;
}

function isAbsence(message: string): boolean {
  return message.endsWith("No such file or directory");
}

const types = ["file", "directory", "symlink", "block", "char", "fifo", "socket"] as const;

interface Told {
  readonly type: string;
  readonly mode: bigint;
  readonly uid: bigint;
  readonly gid: bigint;
  readonly size: bigint;
  readonly "mtime-ns": bigint;
}

const modeMax = 0o7777n;
const idMax = 0xffff_fffen;
const int64Max = 2n ** 63n - 1n;

/** @throws NonsenseError for what no file can be */
function entryIn(told: Told): Entry {
  const type = types.find((each) => each === told.type);
  const isPossible =
    isWithin(told.mode, modeMax) &&
    isWithin(told.uid, idMax) &&
    isWithin(told.gid, idMax) &&
    isWithin(told.size, int64Max);
  if (type === undefined || !isPossible) {
    throw new NonsenseError("The agent tells of a file that cannot be");
  }
  return {
    type,
    mode: Number(told.mode),
    uid: Number(told.uid),
    gid: Number(told.gid),
    size: told.size,
    mtimeNs: told["mtime-ns"],
  };
}

function isWithin(value: bigint, max: bigint): boolean {
  return value >= 0n && value <= max;
}

/** A name that leads elsewhere would have the host write there. */
function nameIn(encoded: string): string {
  const name = nameOf(decodedBase64(encoded));
  if (name !== null) return name;
  throw new NonsenseError("The agent tells of an entry whose name can be none");
}
