import type { ReturnOf } from "../../commands/registry.ts";
import { NonsenseError } from "../errors.ts";
import type { GuestLine } from "./guest-line.ts";
import { type GuestTree, pathArguments } from "./guest-tree.ts";
import { changed } from "./refusals.ts";
import type { Entry, Range, Source } from "./tree.ts";

/** Large enough that what comes with each exchange is little, small enough for a reply through libvirt. */
const readBytesMax = 1024 * 1024;
const readsMax = 4;

export class GuestSource implements Source {
  readonly entry: Entry;
  readonly readsMax = readsMax;
  readonly readBytesMax = readBytesMax;
  readonly #tree: GuestTree;
  readonly #line: GuestLine;
  readonly #path: string;
  readonly #handle: bigint;

  constructor(tree: GuestTree, line: GuestLine, path: string, handle: bigint, entry: Entry) {
    this.#tree = tree;
    this.#line = line;
    this.#path = path;
    this.#handle = handle;
    this.entry = entry;
  }

  async *data(from: bigint): AsyncGenerator<Range> {
    const { size } = this.entry;
    let at: bigint | undefined = from;
    while (at !== undefined && at < size) {
      const told: ReturnOf<"__org.guestwire_file-data"> = await this.#tree.call(
        "__org.guestwire_file-data",
        {
          ...pathArguments(this.#path),
          offset: at,
        },
      );
      let last: bigint = at;
      for (const { offset, count } of told.ranges) {
        if (offset < last || count <= 0n)
          throw new NonsenseError("The agent tells of data that cannot be");
        if (offset >= size) return;
        last = offset + count;
        yield { start: offset, end: last < size ? last : size };
      }
      if (told.next !== undefined && (told.next < last || told.ranges.length === 0)) {
        throw new NonsenseError("The agent tells of data that cannot be");
      }
      at = told.next;
    }
  }

  async read({ start, end }: Range): Promise<Uint8Array> {
    const count = Number(end - start);
    const bytes = await this.#tree.bytes("__org.guestwire_file-read-at", {
      handle: this.#handle,
      offset: start,
      count,
    });
    if (bytes.length > count)
      throw new NonsenseError("The agent gives more bytes than were asked for");
    if (bytes.length < count) throw changed(this.#path);
    this.#line.moved();
    return bytes;
  }

  async hash({ start, end }: Range): Promise<string> {
    const count = end - start;
    const hashed = await this.#tree.call("__org.guestwire_file-hash", {
      ...pathArguments(this.#path),
      offset: start,
      count,
    });
    if (hashed.count !== count) throw changed(this.#path);
    this.#line.moved();
    return hashed.hash;
  }

  async mustBeSame(): Promise<void> {
    const now = await this.#tree.stat(this.#path, "follow");
    const { size, mtimeNs } = this.entry;
    if (now?.size !== size || now.mtimeNs !== mtimeNs) throw changed(this.#path);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tree.close(this.#handle);
  }
}
