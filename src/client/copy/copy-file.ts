/** One file, piece by piece: gone on with where it was broken off, compared, and given its name at the end. */
import type { Hash } from "node:crypto";
import { ChangedError, MismatchError } from "./errors.ts";
import { mismatch } from "./refusals.ts";
import { feedZeros, sha256Sum } from "./sha256.ts";
import type { Attributes, Part, Range, Source, Tree } from "./tree.ts";
import { Window } from "./window.ts";

/**
 * What is compared at once. An agent hashes it in well below a minute, and starts a process for it, which takes as long as
 * sending some MiB.
 */
const stretchBytes = 256n * 1024n * 1024n;

/** Zeros are hashed rather than that a process is started for what follows them. */
const gapBytesMax = 16n * 1024n * 1024n;

export interface FileCopy {
  readonly from: Tree;
  readonly to: Tree;
  readonly source: Source;
  readonly part: Part;
  /** What the copy is to be called. */
  readonly path: string;
  readonly attributes: Attributes;
  readonly signal: AbortSignal;
  /** How far it is, in bytes of the file. */
  readonly at: (position: bigint) => void;
}

/**
 * Copies what the part does not have yet, and gives it its name.
 * @throws MismatchError, ChangedError: the part is gone then; what the sides throw: it stays for another time
 */
export async function copyFile(copy: FileCopy): Promise<void> {
  const { source, part, path, attributes } = copy;
  const { size } = source.entry;
  try {
    const start = await verifiedBytes(copy);
    if (start < part.size) await part.setSize(start);
    copy.at(start);
    await copyFrom(copy, start);
    await part.setSize(size);
    await source.mustBeSame();
  } catch (error) {
    if (isGone(error)) await part.remove();
    throw error;
  }
  await part.finish(path, attributes);
}

/** Whether a part is of no use after this error, and removed. */
export function isGone(error: unknown): boolean {
  return error instanceof MismatchError || error instanceof ChangedError;
}

/** How much of the part is what the source has, compared on both sides. */
async function verifiedBytes({ source, part, signal }: FileCopy): Promise<bigint> {
  const { size } = source.entry;
  const there = part.size < size ? part.size : size;
  for (let start = 0n; start < there; ) {
    signal.throwIfAborted();
    const end = start + stretchBytes < there ? start + stretchBytes : there;
    const [asked, had] = await Promise.all([
      source.hash({ start, end }),
      part.hash({ start, end }),
    ]);
    if (asked !== had) return start;
    start = end;
  }
  return there;
}

async function copyFrom(copy: FileCopy, start: bigint): Promise<void> {
  const { source } = copy;
  let stretch: Stretch | null = null;
  let checks: Promise<void> = Promise.resolve();
  const check = async (done: Stretch) => {
    await checks;
    checks = done.check();
    checks.catch(() => {});
  };
  for await (const range of source.data(start)) {
    for (const piece of stretches(range, stretchBytes)) {
      if (stretch !== null && !stretch.hasRoomFor(piece)) {
        await stretch.drained();
        await check(stretch);
        stretch = null;
      }
      stretch ??= new Stretch(copy, piece.start);
      await stretch.copy(piece);
    }
  }
  if (stretch !== null) {
    await stretch.drained();
    await check(stretch);
  }
  await checks;
  copy.at(source.entry.size);
}

function* stretches({ start, end }: Range, bytesMax: bigint): Generator<Range> {
  for (let at = start; at < end; at += bytesMax) {
    yield { start: at, end: at + bytesMax < end ? at + bytesMax : end };
  }
}

/** What is compared at once, with the holes in it. */
class Stretch {
  readonly #copy: FileCopy;
  readonly #start: bigint;
  #end: bigint;
  readonly #sum: Hash = sha256Sum();
  readonly #reads: Window<{ range: Range; bytes: Uint8Array }>;
  readonly #writes: Window<void>;
  /** What the sum is of, up to here. */
  #fed: bigint;

  constructor(copy: FileCopy, start: bigint) {
    this.#copy = copy;
    this.#start = start;
    this.#end = start;
    this.#writes = new Window(copy.part.writesMax, async () => {});
    this.#reads = new Window(copy.source.readsMax, async ({ range, bytes }) => {
      feedZeros(this.#sum, range.start - this.#fed);
      this.#sum.update(bytes);
      this.#fed = range.end;
      await this.#writes.add(copy.part.write(range.start, bytes));
      copy.at(range.end);
    });
    this.#fed = start;
  }

  hasRoomFor({ start, end }: Range): boolean {
    return start - this.#end <= gapBytesMax && end - this.#start <= stretchBytes;
  }

  async copy(range: Range): Promise<void> {
    const { source, part, signal } = this.#copy;
    const pieceBytes = BigInt(Math.min(source.readBytesMax, part.writeBytesMax));
    for (const piece of stretches(range, pieceBytes)) {
      signal.throwIfAborted();
      await this.#reads.add(source.read(piece).then((bytes) => ({ range: piece, bytes })));
    }
    this.#end = range.end;
  }

  /** What was read is written. */
  async drained(): Promise<void> {
    await this.#reads.drain();
    await this.#writes.drain();
  }

  /** What was read is hashed while it passes; a guest is asked what it has. */
  async check(): Promise<void> {
    const { from, to, source, part } = this.#copy;
    const range = { start: this.#start, end: this.#end };
    const passed = this.#sum.digest("hex");
    const [asked, had] = await Promise.all([
      from.where === "guest" ? source.hash(range) : passed,
      to.where === "guest" ? part.hash(range) : passed,
    ]);
    if (asked !== passed || had !== passed) throw mismatch(this.#copy.path);
  }
}
