import { shownPath } from "../place.ts";
import type { Attributes, Part, Range } from "../tree.ts";
import { GuestHandle } from "./guest-handle.ts";
import { hashOfRange } from "./hash-range.ts";
import { removeScript, setSizeScript } from "./scripts.ts";
import { octal, type Shell } from "./shell.ts";

/** See GuestHandle. */
const writesMax = 1;
const writeBytesMax = 256 * 1024;

type Finish = (path: string, attributes: Attributes) => Promise<void>;

export class ShellPart implements Part {
  readonly path: string;
  readonly size: bigint;
  readonly writesMax = writesMax;
  readonly writeBytesMax: number;
  readonly #shell: Shell;
  readonly #handle: GuestHandle;
  readonly #finish: Finish;

  private constructor(
    shell: Shell,
    path: string,
    handle: GuestHandle,
    size: bigint,
    bytesMax: number,
    finish: Finish,
  ) {
    this.#shell = shell;
    this.path = path;
    this.#handle = handle;
    this.size = size;
    this.writeBytesMax = Math.min(writeBytesMax, bytesMax);
    this.#finish = finish;
  }

  /** @param bytesMax what a request has room for */
  static async open(
    shell: Shell,
    path: string,
    size: bigint,
    bytesMax: number,
    finish: Finish,
  ): Promise<ShellPart> {
    const handle = await GuestHandle.open(shell.line, path, "r+");
    return new ShellPart(shell, path, handle, size, bytesMax, finish);
  }

  async write(offset: bigint, bytes: Uint8Array): Promise<void> {
    await this.#handle.writeAt(offset, bytes);
    this.#shell.line.moved();
  }

  async hash(range: Range): Promise<string> {
    await this.#handle.flush();
    return hashOfRange(this.#shell, this.path, range);
  }

  async setSize(size: bigint): Promise<void> {
    await this.#handle.flush();
    const what = `Cannot change the size of "${shownPath(this.path)}"`;
    await this.#shell.must(what, setSizeScript, [octal(this.path), "", String(size)]);
  }

  async finish(path: string, attributes: Attributes): Promise<void> {
    await this.#handle.flush();
    await this.#finish(path, attributes);
  }

  async remove(): Promise<void> {
    const what = `Cannot remove "${shownPath(this.path)}"`;
    await this.#shell.must(what, removeScript, [octal(this.path), ""]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handle.close();
  }
}
