import { descriptorPath } from "../../../native/descriptor-path.ts";
import { SysError } from "../../../native/errno.ts";
import type { Fd } from "../../../native/fd.ts";
import type { Reactor } from "../../../native/reactor.ts";
import { deviceText } from "../device-text.ts";
import { openAgain } from "../file-system-access.ts";
import { FreezeFailure, type Thaw, thawable, thawOne } from "../freeze.ts";
import type { HeldFileSystems } from "../held-file-systems.ts";
import type { FileSystem, Mount } from "../mounts.ts";
import { Deadline } from "./deadline.ts";
import { type LeaseTerms, leaseWords } from "./lease.ts";
import { fileSystemWords } from "./orders.ts";
import { type StandInOptions, StandInProcess } from "./stand-in-process.ts";
import { Gone, Overdue, Stuck, Trouble } from "./trouble.ts";

const crewSize = 2;

/** Within which a stand-in that is free lets go of everything. It opens and freezes nothing then. */
const dismissSeconds = 5;

/** What each file system may take to be thawed when one of them has used up the time of all. */
const lateThawSeconds = 5;

/**
 * File systems of which a freeze or a thaw was given up and has not ended: the kernel has them locked (s_umount), and
 * whoever asked for another one would wait as well.
 */
const stuckDevices = new Set<string>();

/**
 * Who freezes and thaws: two processes, started before anything is frozen, since to start one later might have to wait
 * for a disk that is frozen. The first one opens, holds, thaws, and guards the lease; the second one freezes. If a freeze
 * does not end, the first one thaws the rest; if a thaw does not, the second one does.
 */
export class FreezeCrew {
  readonly #reactor: Reactor;
  readonly #options: StandInOptions;
  readonly #held: HeldFileSystems;
  #members: StandInProcess[];
  /** What the agent holds because of this crew. Something may be held from a thaw that failed. */
  readonly #taken = new Set<FileSystem>();

  private constructor(
    reactor: Reactor,
    options: StandInOptions,
    held: HeldFileSystems,
    members: StandInProcess[],
  ) {
    this.#reactor = reactor;
    this.#options = options;
    this.#held = held;
    this.#members = members;
  }

  /** One that starts who it needs when it needs them. For thawing what it did not freeze. */
  static none(reactor: Reactor, options: StandInOptions, held: HeldFileSystems): FreezeCrew {
    return new FreezeCrew(reactor, options, held, []);
  }

  /** @throws SysError when it cannot be started; Overdue; Gone */
  static async gather(
    reactor: Reactor,
    options: StandInOptions,
    held: HeldFileSystems,
    deadline: Deadline,
  ): Promise<FreezeCrew> {
    const starting = Array.from({ length: crewSize }, () =>
      startMember(reactor, options, deadline),
    );
    const settled = await Promise.allSettled(starting);
    const members = settled.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
    const failed = settled.find((each) => each.status === "rejected");
    const crew = new FreezeCrew(reactor, options, held, members);
    if (failed === undefined) return crew;
    await crew.dismiss();
    throw failed.reason;
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
        const isThere = await this.#step("open", system, () => this.#holdOne(system, deadline));
        if (isThere) found.push(system);
      }
      return found;
    } catch (error) {
      this.letGo(fileSystems);
      throw error;
    }
  }

  async #holdOne(system: FileSystem, deadline: Deadline): Promise<boolean> {
    const [first, ...others] = this.#members;
    if (first === undefined) throw new Gone(null);
    const words = fileSystemWords(system);
    const [word, path = ""] = await first.ask(["open", ...words], deadline);
    if (word === "covered") return false;
    if (this.#held.fdOf(system) === null) {
      this.#held.hold(system, openAgain(path));
      this.#taken.add(system);
    }
    for (const other of others) await other.ask(["hold", path, ...words], deadline);
    return true;
  }

  /**
   * Freezes one after the other what is held. What is frozen already or cannot be is passed over, and let go.
   * @returns how many were frozen
   * @throws FreezeFailure; those before it stay frozen and held
   */
  async freeze(fileSystems: readonly FileSystem[], deadline: Deadline): Promise<number> {
    const freezer = this.#members[1];
    if (freezer === undefined) throw new Error("This crew cannot freeze");
    const rest = [...fileSystems];
    let count = 0;
    for (let system = rest.shift(); system !== undefined; system = rest.shift()) {
      const next = system;
      try {
        const isFrozen = await this.#step("freeze", next, () =>
          this.#freezeOne(next, freezer, deadline),
        );
        if (isFrozen) count++;
        else await this.#release(next, deadline);
      } catch (error) {
        const isUnknown = error instanceof FreezeFailure && error.cause instanceof Gone;
        this.letGo(isUnknown ? rest : [next, ...rest]);
        throw error;
      }
    }
    // From now on it stays frozen also when the agent is gone.
    if (count > 0) await this.#orIgnore(() => freezer.ask(["confirm"], deadline));
    return count;
  }

  async #freezeOne(
    system: FileSystem,
    freezer: StandInProcess,
    deadline: Deadline,
  ): Promise<boolean> {
    if (stuckDevices.has(deviceText(system))) throw new Stuck();
    const words = fileSystemWords(system);
    try {
      const [word] = await freezer.ask(["freeze", ...words], deadline);
      return word === "frozen";
    } catch (error) {
      if (error instanceof Overdue) this.#giveUp(freezer, system, ["undo", ...words]);
      throw error;
    }
  }

  /** Has the first one thaw when the time is over and the agent does not. @throws SysError; Overdue; Gone */
  async guard(terms: LeaseTerms, deadline: Deadline): Promise<void> {
    await this.#members[0]?.ask(["lease", ...leaseWords(terms)], deadline);
  }

  /** The agent lets go of what it holds and nobody has frozen. */
  letGo(fileSystems: readonly FileSystem[]): void {
    for (const system of fileSystems) {
      if (this.#taken.delete(system)) this.#held.release(system);
    }
  }

  /** Thaws what is held by the agent, in distress: opens nothing. */
  thawHeld(deadline: Deadline): Promise<Thaw> {
    return this.#thawEach(this.#held.fileSystems, deadline);
  }

  /**
   * Thaws everything that is held or mounted now, as often as each was frozen, whoever did it. One that cannot be opened
   * is passed over, and one that fails does not stop the rest.
   */
  async thawAll(mounts: readonly Mount[], deadline: Deadline): Promise<Thaw> {
    const { root } = this.#options;
    // What has been unmounted lazily is in no table, but others may lie on it.
    return this.#thawEach(thawable([...this.#held.mounts, ...mounts], root), deadline);
  }

  /** Settles when nothing is held any more by those that are not stuck. */
  async dismiss(): Promise<void> {
    const members = this.#members.splice(0);
    const deadline = new Deadline(dismissSeconds);
    await Promise.all(members.map((each) => each.dismiss(deadline)));
  }

  async #thawEach(fileSystems: readonly FileSystem[], deadline: Deadline): Promise<Thaw> {
    let thawedCount = 0;
    const failures: FreezeFailure[] = [];
    for (const system of fileSystems) {
      const inTime = deadline.leftMs > 0 ? deadline : new Deadline(lateThawSeconds);
      try {
        if (await this.#thawOne(system, inTime)) thawedCount++;
        this.#held.release(system);
      } catch (error) {
        if (!(error instanceof FreezeFailure)) throw error;
        if (error.step === "thaw") failures.push(error);
      }
    }
    return { thawedCount, failures };
  }

  async #thawOne(system: FileSystem, deadline: Deadline): Promise<boolean> {
    const words = fileSystemWords(system);
    // What is stuck was given up, and what it does is undone when it ends.
    if (stuckDevices.has(deviceText(system))) return false;
    for (;;) {
      const member = await this.#freeMember(deadline);
      if (member === null) return thawOne(system, this.#options.root, this.#held);
      try {
        const [word] = await member.ask(["thaw", ...words], deadline);
        return word === "thawed";
      } catch (error) {
        if (error instanceof Gone) continue;
        if (error instanceof Overdue) {
          this.#giveUp(member, system, null);
          // Thawed by then, so that it can be unmounted.
          member.whenReaped(() => this.#held.release(system));
        } else if (!(error instanceof SysError)) throw error;
        throw new FreezeFailure(stepOf(error), system.mountPoint, error);
      }
    }
  }

  /** Null where none is left and none can be started: then the agent has to do it itself. */
  async #freeMember(deadline: Deadline): Promise<StandInProcess | null> {
    const free = this.#members.find(({ isFree }) => isFree);
    if (free !== undefined) return free;
    try {
      const started = await StandInProcess.start(this.#reactor, this.#options, deadline);
      this.#members.push(started);
      for (const system of this.#held.fileSystems) {
        const path = descriptorPath(this.#held.fdOf(system) as Fd);
        await started.ask(["hold", path, ...fileSystemWords(system)], deadline);
      }
      return started;
    } catch (error) {
      if (error instanceof SysError || error instanceof Trouble) return null;
      throw error;
    }
  }

  /** Leaves a member alone with what it cannot get done. */
  #giveUp(member: StandInProcess, system: FileSystem, last: readonly string[] | null): void {
    const device = deviceText(system);
    stuckDevices.add(device);
    member.whenReaped(() => stuckDevices.delete(device));
    void member.dismiss(new Deadline(dismissSeconds), last);
  }

  async #release(system: FileSystem, deadline: Deadline): Promise<void> {
    this.letGo([system]);
    for (const member of this.#members) {
      await this.#orIgnore(() => member.ask(["release", ...fileSystemWords(system)], deadline));
    }
  }

  /** For what makes no difference to the host. */
  async #orIgnore(act: () => Promise<unknown>): Promise<void> {
    try {
      await act();
    } catch (error) {
      if (!(error instanceof Trouble)) throw error;
    }
  }

  async #step<T>(
    step: "open" | "freeze",
    { mountPoint }: FileSystem,
    act: () => Promise<T>,
  ): Promise<T> {
    try {
      return await act();
    } catch (error) {
      if (error instanceof SysError || error instanceof Trouble) {
        throw new FreezeFailure(step, mountPoint, error);
      }
      throw error;
    }
  }
}

/** One that needs no disk any more. */
async function startMember(
  reactor: Reactor,
  options: StandInOptions,
  deadline: Deadline,
): Promise<StandInProcess> {
  const started = await StandInProcess.start(reactor, options, deadline);
  await started.ask(["stay"], deadline);
  return started;
}

/** Which of the steps of a thaw it was: what cannot be opened is passed over. */
function stepOf(error: SysError | Overdue): "open" | "thaw" {
  return error instanceof SysError && error.op === "open" ? "open" : "thaw";
}
