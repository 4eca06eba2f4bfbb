/**
 * Timers in the order in which they are due: a binary heap. Knows no clock; times are passed in.
 */

/** A timer that has been set. Cancelling one that has fired or was cancelled does nothing. */
export interface Timer {
  cancel(): void;
}

export class TimerQueue {
  /** heap[0] is due first; the children of i are 2i+1 and 2i+2. */
  readonly #heap: Entry[] = [];
  #setCount = 0;

  /** When the next timer is due, in the same milliseconds as given to {@link add}; null when none is set. */
  get nextDueMs(): number | null {
    return this.#heap[0]?.dueMs ?? null;
  }

  add(dueMs: number, on: () => void): Timer {
    const entry = new Entry(dueMs, this.#setCount++, on, (gone) => this.#remove(gone));
    this.#heap.push(entry);
    this.#rise(this.#heap.length - 1);
    return entry;
  }

  /** Takes out the first timer that is due; null when none is. Timers due at the same time keep their order. */
  takeDue(nowMs: number): (() => void) | null {
    const first = this.#heap[0];
    if (first === undefined || first.dueMs > nowMs) return null;
    this.#remove(first);
    return first.on;
  }

  #remove(entry: Entry): void {
    const index = entry.index;
    if (index === outside) return;
    entry.index = outside;
    const last = this.#heap.pop() as Entry;
    if (last === entry) return;
    this.#put(last, index);
    this.#rise(index);
    this.#sink(last.index);
  }

  #rise(from: number): void {
    let index = from;
    const entry = this.#heap[index] as Entry;
    while (index > 0) {
      const above = (index - 1) >> 1;
      const parent = this.#heap[above] as Entry;
      if (!entry.before(parent)) break;
      this.#put(parent, index);
      index = above;
    }
    this.#put(entry, index);
  }

  #sink(from: number): void {
    let index = from;
    const entry = this.#heap[index] as Entry;
    for (;;) {
      const left = 2 * index + 1;
      const right = left + 1;
      if (left >= this.#heap.length) break;
      const rightEntry = this.#heap[right];
      const leftEntry = this.#heap[left] as Entry;
      const below = rightEntry?.before(leftEntry) ? right : left;
      const child = this.#heap[below] as Entry;
      if (!child.before(entry)) break;
      this.#put(child, index);
      index = below;
    }
    this.#put(entry, index);
  }

  #put(entry: Entry, index: number): void {
    this.#heap[index] = entry;
    entry.index = index;
  }
}

/** The index of an entry that is not in the heap. */
const outside = -1;

class Entry implements Timer {
  readonly dueMs: number;
  readonly on: () => void;
  index = outside;
  readonly #order: number;
  readonly #remove: (entry: Entry) => void;

  constructor(dueMs: number, order: number, on: () => void, remove: (entry: Entry) => void) {
    this.dueMs = dueMs;
    this.#order = order;
    this.on = on;
    this.#remove = remove;
  }

  cancel(): void {
    this.#remove(this);
  }

  before(other: Entry): boolean {
    return this.dueMs === other.dueMs ? this.#order < other.#order : this.dueMs < other.dueMs;
  }
}
