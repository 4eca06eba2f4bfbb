import { decodedBase64 } from "../../base64.ts";
import { NonsenseError } from "../../errors.ts";
import { closeHandle } from "../close-handle.ts";
import { CopyError } from "../errors.ts";
import type { GuestLine } from "../guest-line.ts";
import { shownPath } from "../place.ts";
import { refusal } from "../refusals.ts";

/** qemu-ga takes long for long requests. */
const replyMsMax = 60_000;

/**
 * A file that was opened by guest-file-open. Each request waits for the reply to the one before: over virtio-serial qemu-ga 7.2
 * loses a reply now and then where two of them are under way.
 */
export class GuestHandle {
  readonly #line: GuestLine;
  readonly #handle: bigint;
  /** Where the next read or write would be. */
  #position = 0n;

  private constructor(line: GuestLine, handle: bigint) {
    this.#line = line;
    this.#handle = handle;
  }

  /** @throws CopyError also for names that such an agent cannot be told */
  static async open(line: GuestLine, path: string, mode: "r" | "r+"): Promise<GuestHandle> {
    if (!path.isWellFormed()) {
      throw new CopyError(
        `"${shownPath(path)}" has bytes in its path that are no UTF-8, which this agent cannot be told; small files can be copied with the directory that they are in`,
      );
    }
    try {
      return new GuestHandle(line, await line.client.call("guest-file-open", { path, mode }));
    } catch (error) {
      throw refusal(error);
    }
  }

  async readAt(offset: bigint, count: number): Promise<Uint8Array> {
    const moved = this.#goTo(offset, count);
    const read = this.#line.client.call(
      "guest-file-read",
      { handle: this.#handle, count },
      this.#options,
    );
    const [, { "buf-b64": text }] = await allOrRefusal(moved, read);
    const bytes = decodedBase64(text);
    if (bytes.length > count)
      throw new NonsenseError("The agent gives more bytes than were asked for");
    return bytes;
  }

  async writeAt(offset: bigint, bytes: Uint8Array): Promise<void> {
    const moved = this.#goTo(offset, bytes.length);
    const write = this.#line.client.call(
      "guest-file-write",
      { handle: this.#handle, "buf-b64": bytes },
      this.#options,
    );
    const [, { count }] = await allOrRefusal(moved, write);
    if (count !== BigInt(bytes.length)) {
      throw new CopyError(`The agent wrote ${count} bytes of ${bytes.length}`);
    }
  }

  async flush(): Promise<void> {
    const flushed = this.#line.client.call(
      "guest-file-flush",
      { handle: this.#handle },
      this.#options,
    );
    await allOrRefusal(Promise.resolve(), flushed);
  }

  async close(): Promise<void> {
    await closeHandle(this.#line.client, this.#handle);
  }

  get #options() {
    return { timeoutMs: replyMsMax, signal: this.#line.signal };
  }

  /** Requests are carried out in their order, so where it will be is known. */
  async #goTo(offset: bigint, count: number): Promise<void> {
    const isThere = this.#position === offset;
    this.#position = offset + BigInt(count);
    if (isThere) return;
    const { position } = await this.#line.client.call(
      "guest-file-seek",
      { handle: this.#handle, offset, whence: "set" },
      this.#options,
    );
    if (position !== offset)
      throw new CopyError(`The agent went to ${position} instead of ${offset}`);
  }
}

async function allOrRefusal<Value>(
  first: Promise<void>,
  second: Promise<Value>,
): Promise<readonly [unknown, Value]> {
  try {
    return await Promise.all([first, second]);
  } catch (error) {
    throw refusal(error);
  }
}
