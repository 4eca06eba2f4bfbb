/** How far a copy is. */
export class Progress {
  /** Of files whose copies are whole. */
  #doneBytes = 0n;
  #doneFiles = 0;
  readonly #underWay = new Set<FileProgress>();
  /** What there is to copy, as far as it has been found out. */
  totalBytes: bigint | null = null;
  totalFiles: number | null = null;

  get bytes(): bigint {
    let bytes = this.#doneBytes;
    for (const { position } of this.#underWay) bytes += position;
    return bytes;
  }

  get files(): number {
    return this.#doneFiles;
  }

  /** The file that was begun last, of those that are not done. */
  get current(): string | null {
    return [...this.#underWay].at(-1)?.path ?? null;
  }

  begin(path: string, size: bigint): FileProgress {
    const file = new FileProgress(path, size, (isDone) => {
      if (!this.#underWay.delete(file) || !isDone) return;
      this.#doneBytes += size;
      this.#doneFiles++;
    });
    this.#underWay.add(file);
    return file;
  }
}

/** How far one file is. Disposed of before it is done it counts for nothing. */
export class FileProgress implements Disposable {
  readonly path: string;
  position = 0n;
  readonly size: bigint;
  readonly #onEnd: (isDone: boolean) => void;

  constructor(path: string, size: bigint, onEnd: (isDone: boolean) => void) {
    this.path = path;
    this.size = size;
    this.#onEnd = onEnd;
  }

  at(position: bigint): void {
    this.position = position;
  }

  done(): void {
    this.#onEnd(true);
  }

  [Symbol.dispose](): void {
    this.#onEnd(false);
  }
}
