import type { ReturnOf } from "../../commands/registry.ts";
import { decodeBase64Into } from "../../wire/base64.ts";
import type { JsonValue } from "../../wire/json.ts";
import { LongText } from "../../wire/long-text.ts";
import { NonsenseError } from "../errors.ts";
import type { GuestLine } from "./guest-line.ts";
import { type GuestTree, pathArguments } from "./guest-tree.ts";
import { changed, mustBeSame } from "./refusals.ts";
import type { Entry, Range, Source } from "./tree.ts";
import { TurnMemory } from "./turn-memory.ts";

/** Large enough that what comes with each exchange is little, small enough for a reply through libvirt. */
const readBytesMax = 1024 * 1024;
const readsMax = 4;
/** The last group of base64 may be half empty. */
const spareBytes = 3;
const readAt = "__org.guestwire_file-read-at";

export class GuestSource implements Source {
  readonly entry: Entry;
  readonly readsMax = readsMax;
  readonly readBytesMax = readBytesMax;
  readonly #tree: GuestTree;
  readonly #line: GuestLine;
  readonly #path: string;
  readonly #handle: bigint;
  readonly #memory = new TurnMemory(readsMax + 1, readBytesMax + spareBytes);

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
    const args = Buffer.from(`{"handle":${this.#handle},"offset":${start},"count":${count}}`);
    const memory = this.#memory.next();
    const bytes = await this.#tree.exchange(readAt, [args], (returned) =>
      decodedInto(memory, returned),
    );
    if (bytes.length > count) {
      throw new NonsenseError("The agent gives more bytes than were asked for");
    }
    if (bytes.length < count) throw changed(this.#path);
    this.#line.moved();
    return bytes;
  }

  async hash(range: Range): Promise<string> {
    const hash = await this.#tree.hash(this.#path, range);
    if (hash === null) throw changed(this.#path);
    return hash;
  }

  async mustBeSame(): Promise<void> {
    mustBeSame(this.#path, this.entry, await this.#tree.stat(this.#path, "follow"));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tree.close(this.#handle);
  }
}

/** @throws NonsenseError when there is no base64, or too much */
function decodedInto(memory: Uint8Array, returned: JsonValue): Uint8Array {
  const text = returned instanceof Map ? returned.get("buf-b64") : undefined;
  const isFitting = (chars: number) => (chars / 4) * 3 <= memory.length;
  let bytes: Uint8Array | null = null;
  if (typeof text === "string" && isFitting(text.length)) bytes = decodeBase64Into(text, memory);
  if (text instanceof LongText && isFitting(text.bytes.length)) {
    bytes = decodeBase64Into(text, memory);
  }
  if (bytes !== null) return bytes;
  throw new NonsenseError(`The agent's reply to ${readAt} has no base64 where it should be`);
}
