import type { Entry } from "./tree.ts";

/** Who may be given files on one side. That it cannot be is told once, and not tried again. */
export class Owners {
  readonly #tell: (text: string) => void;
  #isAllowed: boolean;
  #isTold = false;

  constructor(isAllowed: boolean, tell: (text: string) => void) {
    this.#isAllowed = isAllowed;
    this.#tell = tell;
  }

  /** The owner to ask for; undefined members where it would be in vain. */
  of({ uid, gid }: Pick<Entry, "uid" | "gid">): { uid?: number; gid?: number } {
    return this.#isAllowed ? { uid, gid } : {};
  }

  /** Has `change` done where it is allowed. */
  give({ uid, gid }: Pick<Entry, "uid" | "gid">, change: (uid: number, gid: number) => void): void {
    if (this.#isAllowed) change(uid, gid);
  }

  get isAllowed(): boolean {
    return this.#isAllowed;
  }

  /** From now on nobody is given anything. */
  refuse(reason: string): void {
    this.#isAllowed = false;
    if (this.#isTold) return;
    this.#isTold = true;
    this.#tell(`owners are not kept: ${reason}`);
  }
}
