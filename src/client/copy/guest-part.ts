import { NonsenseError } from "../errors.ts";
import type { GuestLine } from "./guest-line.ts";
import { type GuestTree, pathArguments } from "./guest-tree.ts";
import { mismatch } from "./refusals.ts";
import type { Attributes, Part, Range } from "./tree.ts";

const writesMax = 4;
const writeBytesMax = 1024 * 1024;

export class GuestPart implements Part {
  readonly path: string;
  readonly size: bigint;
  readonly writesMax = writesMax;
  readonly writeBytesMax: number;
  readonly #tree: GuestTree;
  readonly #line: GuestLine;
  readonly #handle: bigint;

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
  }

  async write(offset: bigint, bytes: Uint8Array): Promise<void> {
    const { count } = await this.#tree.call("__org.guestwire_file-write-at", {
      handle: this.#handle,
      offset,
      "buf-b64": bytes,
    });
    if (count !== BigInt(bytes.length)) {
      throw new NonsenseError(`The agent took ${count} bytes of ${bytes.length}`);
    }
    this.#line.moved();
  }

  async hash({ start, end }: Range): Promise<string> {
    const count = end - start;
    const hashed = await this.#tree.call("__org.guestwire_file-hash", {
      ...pathArguments(this.path),
      offset: start,
      count,
    });
    if (hashed.count !== count) throw mismatch(this.path);
    this.#line.moved();
    return hashed.hash;
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
