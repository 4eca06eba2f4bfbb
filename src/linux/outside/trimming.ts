import { SysError } from "../../../native/errno.ts";
import type { Reactor } from "../../../native/reactor.ts";
import { deviceText } from "../device-text.ts";
import type { FileSystem } from "../mounts.ts";
import type { TrimResult } from "../trim.ts";
import { Deadline } from "./deadline.ts";
import { fileSystemWords, type Words } from "./orders.ts";
import { type StandInOptions, StandInProcess } from "./stand-in-process.ts";
import { Stuck, Trouble } from "./trouble.ts";

/** So long the next file system waits for the one that is being trimmed; then it is trimmed beside it. */
const patienceSeconds = 10;

/** What became of trimming a file system, or why nobody knows. */
export type TrimOutcome = TrimResult | { readonly failed: "trim"; readonly cause: Trouble };

/** File systems that are still being trimmed for a host that waited long enough. */
const unfinishedDevices = new Set<string>();

/**
 * Trims file systems one after the other, each by a process that is free; one that takes long does not hold up the others.
 * What has no end by the deadline goes on without being waited for, and can be asked for again when it has ended.
 */
export class Trimming {
  readonly #reactor: Reactor;
  readonly #options: StandInOptions;
  readonly #deadline: Deadline;
  readonly #members: StandInProcess[] = [];

  constructor(reactor: Reactor, options: StandInOptions, deadline: Deadline) {
    this.#reactor = reactor;
    this.#options = options;
    this.#deadline = deadline;
  }

  /** The outcomes, in the order of the file systems. */
  async trim(systems: readonly FileSystem[], minimumBytes: bigint): Promise<TrimOutcome[]> {
    const outcomes: Promise<TrimOutcome>[] = [];
    for (const system of systems) {
      const outcome = this.#trimOne(system, minimumBytes);
      outcomes.push(outcome);
      await this.#patiently(outcome);
    }
    const all = await Promise.all(outcomes);
    await Promise.all(this.#members.map((each) => each.dismiss(this.#deadline)));
    return all;
  }

  async #trimOne(system: FileSystem, minimumBytes: bigint): Promise<TrimOutcome> {
    const device = deviceText(system);
    if (unfinishedDevices.has(device)) return { failed: "trim", cause: new Stuck() };
    unfinishedDevices.add(device);
    let member: StandInProcess | null = null;
    try {
      member = await this.#freeMember();
      const order = ["trim", String(minimumBytes), ...fileSystemWords(system)];
      const answer = await member.ask(order, this.#deadline);
      unfinishedDevices.delete(device);
      return outcomeOf(answer);
    } catch (error) {
      if (!(error instanceof SysError || error instanceof Trouble)) throw error;
      if (member === null || error instanceof SysError) unfinishedDevices.delete(device);
      else member.whenReaped(() => unfinishedDevices.delete(device));
      const failed = error instanceof SysError && error.op === "open" ? "open" : "trim";
      return { failed, cause: error } as TrimOutcome;
    }
  }

  async #freeMember(): Promise<StandInProcess> {
    const free = this.#members.find(({ isFree }) => isFree);
    if (free !== undefined) return free;
    const started = await StandInProcess.start(this.#reactor, this.#options, this.#deadline);
    this.#members.push(started);
    return started;
  }

  #patiently(outcome: Promise<unknown>): Promise<void> {
    return this.#reactor.promise((resolve) => {
      const waitMs = Math.min(new Deadline(patienceSeconds).leftMs, this.#deadline.leftMs);
      const timer = this.#reactor.timer(waitMs, () => resolve());
      const settle = (): void => {
        timer.cancel();
        resolve();
      };
      outcome.then(settle, settle);
    });
  }
}

function outcomeOf([word, trimmed = "0", minimum = "0"]: Words): TrimOutcome {
  if (word === "support" || word === "covered") return { failed: word };
  return { trimmedBytes: BigInt(trimmed), minimumBytes: BigInt(minimum) };
}
