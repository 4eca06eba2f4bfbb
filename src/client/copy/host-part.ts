import type { Fd } from "../../../native/fd.ts";
import { MismatchError } from "./errors.ts";
import { hashInTurns } from "./hash-in-turns.ts";
import { shownPath } from "./place.ts";
import { told } from "./refusals.ts";
import type { Attributes, Part, Range } from "./tree.ts";

const writeBytesMax = 16 * 1024 * 1024;

/** What is done in the folder of the part, and by its rules. */
export interface PartFolder {
  apply(attributes: Attributes): void;
  rename(to: string): void;
  syncFolder(): void;
  remove(): void;
}

export class HostPart implements Part {
  readonly path: string;
  readonly size: bigint;
  readonly writesMax = 1;
  readonly writeBytesMax = writeBytesMax;
  readonly #fd: Fd;
  readonly #folder: PartFolder;

  constructor(fd: Fd, path: string, size: bigint, folder: PartFolder) {
    this.#fd = fd;
    this.path = path;
    this.size = size;
    this.#folder = folder;
  }

  async write(offset: bigint, bytes: Uint8Array): Promise<void> {
    told(() => {
      for (let done = 0; done < bytes.length; ) {
        done += this.#fd.writeAt(bytes.subarray(done), offset + BigInt(done));
      }
    });
  }

  async hash(range: Range): Promise<string> {
    const hash = await hashInTurns(this.#fd, range);
    if (hash !== null) return hash;
    throw new MismatchError(`"${shownPath(this.path)}" is shorter than what was written to it`);
  }

  async setSize(size: bigint): Promise<void> {
    told(() => this.#fd.truncate(size));
  }

  async finish(path: string, attributes: Attributes): Promise<void> {
    told(() => {
      this.#folder.apply(attributes);
      this.#fd.fsync();
    });
    this.#folder.rename(path);
    this.#folder.syncFolder();
  }

  async remove(): Promise<void> {
    this.#folder.remove();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#fd.close();
  }
}
