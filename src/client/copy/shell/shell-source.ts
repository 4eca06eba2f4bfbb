import { changed, mustBeSame } from "../refusals.ts";
import type { Entry, Range, Source } from "../tree.ts";
import { GuestHandle } from "./guest-handle.ts";
import { hashOfRange } from "./hash-range.ts";
import type { Shell } from "./shell.ts";

const readBytesMax = 1024 * 1024;
/** See GuestHandle. */
const readsMax = 1;

export class ShellSource implements Source {
  readonly entry: Entry;
  readonly readsMax = readsMax;
  readonly readBytesMax = readBytesMax;
  readonly #shell: Shell;
  readonly #path: string;
  readonly #handle: GuestHandle;
  readonly #look: () => Promise<Entry | null>;

  private constructor(
    shell: Shell,
    path: string,
    handle: GuestHandle,
    entry: Entry,
    look: () => Promise<Entry | null>,
  ) {
    this.#shell = shell;
    this.#path = path;
    this.#handle = handle;
    this.entry = entry;
    this.#look = look;
  }

  /** @param look what it is now */
  static async open(
    shell: Shell,
    path: string,
    entry: Entry,
    look: () => Promise<Entry | null>,
  ): Promise<ShellSource> {
    const handle = await GuestHandle.open(shell.line, path, "r");
    return new ShellSource(shell, path, handle, entry, look);
  }

  /** Where holes are is not told. */
  async *data(from: bigint): AsyncGenerator<Range> {
    if (from < this.entry.size) yield { start: from, end: this.entry.size };
  }

  async read({ start, end }: Range): Promise<Uint8Array> {
    const count = Number(end - start);
    const bytes = await this.#handle.readAt(start, count);
    if (bytes.length < count) throw changed(this.#path);
    this.#shell.line.moved();
    return bytes;
  }

  async hash(range: Range): Promise<string> {
    return hashOfRange(this.#shell, this.#path, range);
  }

  async mustBeSame(): Promise<void> {
    mustBeSame(this.#path, this.entry, await this.#look());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handle.close();
  }
}
