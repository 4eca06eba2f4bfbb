import { descriptorPath } from "../../../native/descriptor-path.ts";
import { SysError } from "../../../native/errno.ts";
import type { Fd } from "../../../native/fd.ts";
import type { Reactor } from "../../../native/reactor.ts";
import { deviceText } from "../device-text.ts";
import type { HeldFileSystems } from "../held-file-systems.ts";
import type { FileSystem } from "../mounts.ts";
import { Deadline } from "./deadline.ts";
import { fileSystemWords, type Words } from "./orders.ts";
import { type StandInOptions, StandInProcess } from "./stand-in-process.ts";
import { Gone, Trouble } from "./trouble.ts";

/** Within which a stand-in that is free lets go of everything. It opens and freezes nothing then. */
const dismissSeconds = 5;

/**
 * File systems of which a freeze or a thaw was given up and has not ended: the kernel has them locked (s_umount), and
 * whoever asked for another one would wait as well.
 */
const stuckDevices = new Set<string>();

/** Whether something that was given up still goes on there. */
export function isStuck(system: FileSystem): boolean {
  return stuckDevices.has(deviceText(system));
}

/** Stand-ins that hold the same file systems, one of which can take over what another one cannot get done. */
export class Crew {
  readonly #reactor: Reactor;
  readonly #options: StandInOptions;
  readonly #held: HeldFileSystems;
  readonly #members: StandInProcess[];

  /** @param held what the agent holds, and gives to whoever joins later */
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

  /** Starts so many, which need no disk from then on. @throws SysError when they cannot be started; Overdue; Gone */
  static async gather(
    reactor: Reactor,
    options: StandInOptions,
    held: HeldFileSystems,
    size: number,
    deadline: Deadline,
  ): Promise<Crew> {
    const starting = Array.from({ length: size }, () => startMember(reactor, options, deadline));
    const settled = await Promise.allSettled(starting);
    const members = settled.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
    const failed = settled.find((each) => each.status === "rejected");
    const crew = new Crew(reactor, options, held, members);
    if (failed === undefined) return crew;
    await crew.dismiss();
    throw failed.reason;
  }

  /** A member of those that it was gathered with, by its number. @throws Gone */
  member(index: number): StandInProcess {
    const member = this.#members[index];
    if (member === undefined) throw new Gone(null);
    return member;
  }

  /**
   * Somebody who can be given an order; where nobody is left one is started, to whom the agent gives what it holds.
   * @returns null where none can be started
   * @throws Overdue when it does not get so far
   */
  async free(deadline: Deadline): Promise<StandInProcess | null> {
    const free = this.#members.find(({ isFree }) => isFree);
    if (free !== undefined) return free;
    try {
      const started = await startMember(this.#reactor, this.#options, deadline);
      this.#members.push(started);
      for (const system of this.#held.fileSystems) {
        const path = descriptorPath(this.#held.fdOf(system) as Fd);
        await started.ask(["hold", path, ...fileSystemWords(system)], deadline);
      }
      return started;
    } catch (error) {
      if (error instanceof SysError || error instanceof Gone) return null;
      throw error;
    }
  }

  /** Leaves a member alone with what it cannot get done. @param last what it is to do when it does */
  giveUp(member: StandInProcess, system: FileSystem, last: Words | null): void {
    const device = deviceText(system);
    stuckDevices.add(device);
    member.whenReaped(() => stuckDevices.delete(device));
    void member.dismiss(new Deadline(dismissSeconds), last);
  }

  /** Gives everybody an order; that somebody does not carry it out makes no difference. */
  async tellAll(order: Words, deadline: Deadline): Promise<void> {
    for (const member of this.#members) {
      try {
        await member.ask(order, deadline);
      } catch (error) {
        if (!(error instanceof Trouble)) throw error;
      }
    }
  }

  /** Settles when nothing is held any more by those that are not stuck. */
  async dismiss(): Promise<void> {
    const deadline = new Deadline(dismissSeconds);
    await Promise.all(this.#members.splice(0).map((each) => each.dismiss(deadline)));
  }
}

async function startMember(
  reactor: Reactor,
  options: StandInOptions,
  deadline: Deadline,
): Promise<StandInProcess> {
  const started = await StandInProcess.start(reactor, options, deadline);
  try {
    await started.ask(["stay"], deadline);
  } catch (error) {
    void started.dismiss(deadline);
    throw error;
  }
  return started;
}
