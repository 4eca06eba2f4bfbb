import type { Reactor, Timer } from "../../native/reactor.ts";
import type { Streams } from "../commands/context.ts";
import { GuestError } from "../commands/guest-error.ts";
import type { ReadMemory } from "../linux/read-memory.ts";
import type { Stream, StreamEvents, StreamOrder, StreamReading } from "../linux/stream.ts";
import type { ChildCap } from "./child-cap.ts";
import { heldJobsMax } from "./job-table.ts";

/** A program that nobody asks about for so long is killed: its host has left for good. */
export const streamIdleMsMax = 10 * 60 * 1000;

/** Starts a program. @throws SysError */
export type StartStream = (order: StreamOrder, events: StreamEvents) => Stream;

/** Told what becomes of programs without the host hearing of it. */
export type ReportStream = (message: string) => void;

interface Entry {
  readonly stream: Stream;
  idle: Timer;
  /** What the host has been told last. */
  told: StreamReading | null;
}

/**
 * The programs whose output hosts read as it comes, by process id. They belong to the agent, not to a connection, and the
 * agent keeps nothing of what they write: a program waits until it is read from.
 */
export class StreamTable implements Streams {
  readonly #reactor: Reactor;
  readonly #start: StartStream;
  readonly #cap: ChildCap;
  readonly #report: ReportStream;
  readonly #entries = new Map<number, Entry>();
  /** Ended and told; a background process still has their output open. */
  readonly #held = new Set<Stream>();
  /** Ends the one reading that waits. */
  #hurry: (() => void) | null = null;
  readonly #events: StreamEvents = { gone: (stream) => this.#held.delete(stream) };

  constructor(reactor: Reactor, start: StartStream, cap: ChildCap, report: ReportStream) {
    this.#reactor = reactor;
    this.#start = start;
    this.#cap = cap;
    this.#report = report;
    cap.include(() => this.#entries.size);
  }

  start(order: StreamOrder): number | Promise<number> {
    this.#cap.check();
    const stream = this.#start(order, this.#events);
    const { pid, starting } = stream;
    this.#entries.set(pid, { stream, idle: this.#idle(stream), told: null });
    if (starting === null) return pid;
    return starting.then(
      () => pid,
      (error: unknown) => {
        this.#end(stream);
        throw error;
      },
    );
  }

  get(pid: bigint): Stream {
    return this.#used(pid).stream;
  }

  read(
    pid: bigint,
    bytesMax: number,
    waitMs: number,
    memory: ReadMemory,
  ): StreamReading | Promise<StreamReading> {
    const entry = this.#used(pid);
    const { stream } = entry;
    const reading = stream.read(bytesMax, memory);
    if (waitMs === 0 || isNews(reading, entry.told)) return this.#tell(entry, reading);
    return this.#reactor.promise((resolve, reject) => {
      const cancel = stream.whenNews(waitMs, () => {
        this.#hurry = null;
        try {
          resolve(this.#tell(entry, stream.read(bytesMax, memory)));
        } catch (error) {
          reject(error);
        }
      });
      this.#hurry = () => {
        this.#hurry = null;
        cancel();
        // Nothing is read: whoever asked may have left.
        resolve(stream.look());
      };
    });
  }

  /** Somebody waits for the command that waits here, or nobody does any more. */
  hurry(): void {
    this.#hurry?.();
  }

  /** Lets go of everything, when the agent ends. Programs run on. */
  closeAll(): void {
    for (const { stream, idle } of this.#entries.values()) {
      idle.cancel();
      stream.release("close");
    }
    for (const stream of this.#held) stream.release("close");
    this.#entries.clear();
  }

  #used(pid: bigint): Entry {
    const entry = this.#entries.get(Number(pid));
    if (entry === undefined) throw new GuestError(`PID ${pid} does not exist`);
    entry.idle.cancel();
    entry.idle = this.#idle(entry.stream);
    return entry;
  }

  #idle(stream: Stream): Timer {
    return this.#reactor.timer(streamIdleMsMax, () => {
      const minutes = streamIdleMsMax / 60_000;
      this.#report(`exec-start, pid: ${stream.pid}: nobody has asked for ${minutes} min, ended`);
      this.#end(stream);
    });
  }

  /** Also of what has ended already, the number of the group is still its own. */
  #end(stream: Stream): void {
    stream.kill();
    this.#forget(stream);
    stream.release("close");
  }

  #tell(entry: Entry, reading: StreamReading): StreamReading {
    entry.told = reading;
    if (!reading.isDone) return reading;
    const { stream } = entry;
    this.#forget(stream);
    if (stream.isHeld) this.#hold(stream);
    stream.release("discard");
    return reading;
  }

  #hold(stream: Stream): void {
    this.#held.add(stream);
    if (this.#held.size <= heldJobsMax) return;
    const [oldest] = this.#held;
    oldest?.release("close");
  }

  #forget({ pid }: Stream): void {
    this.#entries.get(pid)?.idle.cancel();
    this.#entries.delete(pid);
  }
}

function isNews(reading: StreamReading, told: StreamReading | null): boolean {
  const { out, err, outEnded, errEnded, status, isDone } = reading;
  if (out.length > 0 || err.length > 0 || isDone) return true;
  return (
    outEnded !== (told?.outEnded ?? false) ||
    errEnded !== (told?.errEnded ?? false) ||
    (status !== null) !== ((told?.status ?? null) !== null)
  );
}
