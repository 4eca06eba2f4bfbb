import {
  type FreezeOptions,
  FrozenAlreadyError,
  FrozenGuest,
  StillFrozenError,
} from "../freeze/frozen-guest.ts";
import { inParallel } from "./in-turn.ts";
import type { Member } from "./member.ts";
import { type Outcome, outcomeOf } from "./outcome.ts";
import { reach } from "./reach.ts";

interface Frozen {
  readonly member: Member;
  readonly guest: FrozenGuest;
}

/** Guests that are all frozen for a while, or none of them for long. {@link thaw} has to be called, whatever happens. */
export class FrozenFleet {
  readonly #guests: readonly Frozen[];

  constructor(members: readonly Member[], options: FreezeOptions) {
    // Nothing breaks it off: a guest that may be frozen has to be thawed.
    const { signal } = new AbortController();
    this.#guests = members.map((member) => ({
      member,
      guest: new FrozenGuest(() => reach(member, { signal }), options),
    }));
  }

  /**
   * Freezes them, and begins with no other one when one could not be frozen.
   * @param isToEnd whether nothing is to be begun any more
   * @returns how many file systems of each
   */
  async freeze(atOnceMax: number, isToEnd: () => boolean): Promise<Outcome<number>[]> {
    let hasFailed = false;
    const turn = async ({ member, guest }: Frozen) => {
      const outcome: Outcome<number> =
        hasFailed || isToEnd()
          ? { member, status: "interrupted", error: "not begun" }
          : await frozen(member, guest);
      hasFailed ||= outcome.status !== "ok";
      return outcome;
    };
    return inParallel(this.#guests, atOnceMax, turn, () => {});
  }

  /**
   * Thaws all at the same time: none waits for another's.
   * @returns for how long each was frozen, in milliseconds; null for one that was not when it was to be thawed
   */
  async thaw(): Promise<Outcome<number | null>[]> {
    const thawed = this.#guests.map(({ member, guest }) => thawedOne(member, guest));
    return Promise.all(thawed);
  }
}

async function frozen(member: Member, guest: FrozenGuest): Promise<Outcome<number>> {
  try {
    const count = await guest.freeze();
    if (count > 0) return { member, status: "ok", result: count };
    return { member, status: "failed", error: "the agent found no file system to freeze" };
  } catch (error) {
    if (!(error instanceof FrozenAlreadyError)) return outcomeOf(member, error);
    return { member, status: "refused", error: error.message };
  }
}

async function thawedOne(member: Member, guest: FrozenGuest): Promise<Outcome<number | null>> {
  try {
    return { member, status: "ok", result: await guest.thaw() };
  } catch (error) {
    if (!(error instanceof StillFrozenError)) throw error;
    return { member, status: "broken", error: error.message };
  } finally {
    guest.close();
  }
}
