import { SysError } from "../../../native/errno.ts";
import type { Reactor } from "../../../native/reactor.ts";
import { openAgain } from "../file-system-access.ts";
import { FreezeFailure, type Thaw, thawable, thawOne } from "../freeze.ts";
import type { HeldFileSystems } from "../held-file-systems.ts";
import type { FileSystem, Mount } from "../mounts.ts";
import { Crew, isStuck } from "./crew.ts";
import { Deadline } from "./deadline.ts";
import { type LeaseTerms, leaseWords } from "./lease.ts";
import { fileSystemWords } from "./orders.ts";
import type { StandInOptions } from "./stand-in-process.ts";
import { Gone, Overdue, Stuck, Trouble } from "./trouble.ts";

/** Who does what in a crew that freezes. */
const holder = 0;
const freezer = 1;
const crewSize = 2;

/** What each file system may take to be thawed when one of them has used up the time of all. */
const lateThawSeconds = 5;

/**
 * Who freezes and thaws: two processes, started before anything is frozen, since to start one later might have to wait
 * for a disk that is frozen. The first one opens, holds, thaws, and guards the lease; the second one freezes. If a freeze
 * does not end, the first one thaws the rest; if a thaw does not, the second one does.
 */
export class FreezeCrew {
  readonly #crew: Crew;
  readonly #root: string;
  readonly #held: HeldFileSystems;
  /** What the agent holds because of this crew. Something may be held from a thaw that failed. */
  readonly #taken = new Set<FileSystem>();

  private constructor(crew: Crew, root: string, held: HeldFileSystems) {
    this.#crew = crew;
    this.#root = root;
    this.#held = held;
  }

  /** @throws SysError when it cannot be started; Overdue; Gone */
  static async gather(
    reactor: Reactor,
    options: StandInOptions,
    held: HeldFileSystems,
    deadline: Deadline,
  ): Promise<FreezeCrew> {
    const crew = await Crew.gather(reactor, options, held, crewSize, deadline);
    return new FreezeCrew(crew, options.root, held);
  }

  /** One that starts who it needs when it needs them. For thawing what it did not freeze. */
  static async late(
    reactor: Reactor,
    options: StandInOptions,
    held: HeldFileSystems,
  ): Promise<FreezeCrew> {
    const crew = await Crew.gather(reactor, options, held, 0, new Deadline(0));
    return new FreezeCrew(crew, options.root, held);
  }

  /**
   * Opens file systems; all of the crew holds them then, and so does the agent.
   * @returns those that are there to be frozen, without what others cover
   * @throws FreezeFailure, after which nothing is held
   */
  async hold(fileSystems: readonly FileSystem[], deadline: Deadline): Promise<FileSystem[]> {
    const found: FileSystem[] = [];
    try {
      for (const system of fileSystems) {
        if (isStuck(system)) throw new FreezeFailure("freeze", system.mountPoint, new Stuck());
        const isThere = await failing("open", system, () => this.#holdOne(system, deadline));
        if (isThere) found.push(system);
      }
      return found;
    } catch (error) {
      this.letGo(fileSystems);
      throw error;
    }
  }

  async #holdOne(system: FileSystem, deadline: Deadline): Promise<boolean> {
    const words = fileSystemWords(system);
    const opener = this.#crew.member(holder);
    let path: string | undefined;
    try {
      [, path] = await opener.ask(["open", ...words], deadline);
    } catch (error) {
      if (error instanceof Overdue) this.#crew.giveUp(opener, system, null);
      throw error;
    }
    if (path === undefined) return false;
    if (this.#held.fdOf(system) === null) {
      this.#held.hold(system, openAgain(path));
      this.#taken.add(system);
    }
    await this.#crew.member(freezer).ask(["hold", path, ...words], deadline);
    return true;
  }

  /**
   * Freezes one after the other what is held. What is frozen already or cannot be is passed over, and let go.
   * @returns how many were frozen
   * @throws FreezeFailure; those before it stay frozen and held
   */
  async freeze(fileSystems: readonly FileSystem[], deadline: Deadline): Promise<number> {
    const rest = [...fileSystems];
    let count = 0;
    for (let system = rest.shift(); system !== undefined; system = rest.shift()) {
      const next = system;
      try {
        if (await failing("freeze", next, () => this.#freezeOne(next, deadline))) count++;
        else await this.#release(next, deadline);
      } catch (error) {
        const isUnknown = error instanceof FreezeFailure && error.cause instanceof Gone;
        this.letGo(isUnknown ? rest : [next, ...rest]);
        throw error;
      }
    }
    // From now on it stays frozen also when the agent is gone.
    if (count > 0) await this.#crew.tellAll(["confirm"], deadline);
    return count;
  }

  async #freezeOne(system: FileSystem, deadline: Deadline): Promise<boolean> {
    const member = this.#crew.member(freezer);
    const words = fileSystemWords(system);
    try {
      const [word] = await member.ask(["freeze", ...words], deadline);
      return word === "frozen";
    } catch (error) {
      if (error instanceof Overdue) this.#crew.giveUp(member, system, ["undo", ...words]);
      throw error;
    }
  }

  /** Has the first one thaw when the time is over and the agent does not. @throws SysError; Overdue; Gone */
  async guard(terms: LeaseTerms, deadline: Deadline): Promise<void> {
    await this.#crew.member(holder).ask(["lease", ...leaseWords(terms)], deadline);
  }

  /** The agent lets go of what it holds and nobody has frozen. */
  letGo(fileSystems: readonly FileSystem[]): void {
    for (const system of fileSystems) {
      if (this.#taken.delete(system)) this.#held.release(system);
    }
  }

  async #release(system: FileSystem, deadline: Deadline): Promise<void> {
    this.letGo([system]);
    await this.#crew.tellAll(["release", ...fileSystemWords(system)], deadline);
  }

  /** Thaws what is held by the agent, in distress: opens nothing. */
  thawHeld(deadline: Deadline): Promise<Thaw> {
    return this.#thawEach(this.#held.fileSystems, deadline);
  }

  /**
   * Thaws everything that is held or mounted now, as often as each was frozen, whoever did it. One that cannot be opened
   * is passed over, and one that fails does not stop the rest.
   */
  thawAll(mounts: readonly Mount[], deadline: Deadline): Promise<Thaw> {
    // What has been unmounted lazily is in no table, but others may lie on it.
    return this.#thawEach(thawable([...this.#held.mounts, ...mounts], this.#root), deadline);
  }

  /** Settles when nothing is held any more by those that are not stuck. */
  dismiss(): Promise<void> {
    return this.#crew.dismiss();
  }

  async #thawEach(fileSystems: readonly FileSystem[], deadline: Deadline): Promise<Thaw> {
    let thawedCount = 0;
    const failures: FreezeFailure[] = [];
    for (const system of fileSystems) {
      const inTime = deadline.leftMs > 0 ? deadline : new Deadline(lateThawSeconds);
      try {
        if (await failing("thaw", system, () => this.#thawOne(system, inTime))) thawedCount++;
        this.#held.release(system);
      } catch (error) {
        if (!(error instanceof FreezeFailure)) throw error;
        if (error.step === "thaw") failures.push(error);
      }
    }
    return { thawedCount, failures };
  }

  async #thawOne(system: FileSystem, deadline: Deadline): Promise<boolean> {
    // What is stuck was given up, and what it does is undone when it ends.
    if (isStuck(system)) return false;
    for (;;) {
      const member = await this.#crew.free(deadline);
      // The agent itself, where nobody else can.
      if (member === null) return thawOne(system, this.#root, this.#held);
      try {
        const [word] = await member.ask(["thaw", ...fileSystemWords(system)], deadline);
        return word === "thawed";
      } catch (error) {
        if (error instanceof Gone) continue;
        if (error instanceof Overdue) {
          this.#crew.giveUp(member, system, null);
          // Thawed by then, so that it can be unmounted.
          member.whenReaped(() => this.#held.release(system));
        }
        throw error;
      }
    }
  }
}

/** Says of what goes wrong which step it was, and where. What cannot be opened is told apart: a thaw passes over it. */
async function failing<T>(
  step: FreezeFailure["step"],
  { mountPoint }: FileSystem,
  act: () => Promise<T>,
): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof SysError || error instanceof Trouble)) throw error;
    const isOpening = error instanceof SysError && error.op === "open";
    throw new FreezeFailure(isOpening ? "open" : step, mountPoint, error);
  }
}
