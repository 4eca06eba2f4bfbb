import type { Fd } from "../../../native/fd.ts";
import { nextData } from "../../../native/file-data.ts";
import { hashInTurns } from "./hash-in-turns.ts";
import { changed, mustBeSame, told } from "./refusals.ts";
import type { Entry, Range, Source } from "./tree.ts";

const readBytesMax = 1024 * 1024;

export class HostSource implements Source {
  readonly entry: Entry;
  readonly readsMax = 1;
  readonly readBytesMax = readBytesMax;
  readonly #fd: Fd;
  readonly #path: string;
  readonly #memory = new Uint8Array(readBytesMax);

  constructor(fd: Fd, path: string, entry: Entry) {
    this.#fd = fd;
    this.#path = path;
    this.entry = entry;
  }

  async *data(from: bigint): AsyncGenerator<Range> {
    const { size } = this.entry;
    for (let at = from; at < size; ) {
      const range = told(() => nextData(this.#fd, at));
      if (range === null || range.start >= size) return;
      const end = range.end < size ? range.end : size;
      yield { start: range.start, end };
      at = end;
    }
  }

  async read({ start, end }: Range): Promise<Uint8Array> {
    const into = this.#memory.subarray(0, Number(end - start));
    const count = told(() => this.#fd.readAllAt(into, start));
    if (count < into.length) throw changed(this.#path);
    return into;
  }

  async hash(range: Range): Promise<string> {
    const hash = await hashInTurns(this.#fd, range);
    if (hash === null) throw changed(this.#path);
    return hash;
  }

  async mustBeSame(): Promise<void> {
    const now = told(() => this.#fd.details());
    mustBeSame(this.#path, this.entry, now);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#fd.close();
  }
}
