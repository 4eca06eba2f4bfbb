import { base64Length, encodeBase64Into } from "../../wire/base64.ts";
import { NonsenseError } from "../errors.ts";
import type { GuestLine } from "./guest-line.ts";
import { type GuestTree, pathArguments } from "./guest-tree.ts";
import { mismatch } from "./refusals.ts";
import type { Attributes, Part, Range } from "./tree.ts";
import { TurnMemory } from "./turn-memory.ts";

const writesMax = 4;
const writeBytesMax = 1024 * 1024;
const tail = Buffer.from('"}');

export class GuestPart implements Part {
  readonly path: string;
  readonly size: bigint;
  readonly writesMax = writesMax;
  readonly writeBytesMax: number;
  readonly #tree: GuestTree;
  readonly #line: GuestLine;
  readonly #handle: bigint;
  readonly #memory: TurnMemory;

  /** @param bytesMax what a request has room for */
  constructor(
    tree: GuestTree,
    line: GuestLine,
    path: string,
    handle: bigint,
    size: bigint,
    bytesMax: number,
  ) {
    this.#tree = tree;
    this.#line = line;
    this.path = path;
    this.#handle = handle;
    this.size = size;
    this.writeBytesMax = Math.min(writeBytesMax, bytesMax);
    this.#memory = new TurnMemory(writesMax + 1, base64Length(this.writeBytesMax));
  }

  async write(offset: bigint, bytes: Uint8Array): Promise<void> {
    const memory = this.#memory.next();
    const text = memory.subarray(0, encodeBase64Into(memory, 0, bytes));
    const head = Buffer.from(`{"handle":${this.#handle},"offset":${offset},"buf-b64":"`);
    const written = await this.#tree.exchange(
      "__org.guestwire_file-write-at",
      [head, text, tail],
      (returned) => (returned instanceof Map ? returned.get("count") : undefined),
    );
    if (written !== bytes.length) {
      throw new NonsenseError(`The agent did not take ${bytes.length} bytes that it was given`);
    }
    this.#line.moved();
  }

  async hash(range: Range): Promise<string> {
    const hash = await this.#tree.hash(this.path, range);
    if (hash === null) throw mismatch(this.path);
    return hash;
  }

  async setSize(size: bigint): Promise<void> {
    await this.#tree.call("__org.guestwire_file-change", { ...pathArguments(this.path), size });
  }

  async finish(path: string, attributes: Attributes): Promise<void> {
    await this.#tree.setAttributes(this.path, attributes);
    await this.#tree.sync(this.path);
    await this.#tree.rename(this.path, path);
  }

  async remove(): Promise<void> {
    await this.#tree.remove(this.path);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tree.close(this.#handle);
  }
}
