import { monotonicMs } from "../../native/clock.ts";
import type { Reactor, Timer } from "../../native/reactor.ts";
import type { Jobs } from "../commands/context.ts";
import { GuestError } from "../commands/guest-error.ts";
import type { JobEvents, JobOrder, JobResult, StartedJob } from "../linux/job.ts";
import { OutputMemory, outputBytesMax } from "../linux/job-output.ts";
import { ChildCap } from "./child-cap.ts";

/** Memory of what running programs have written; what comes beyond is thrown away and told as truncated. */
export const runningOutputBytesMax = 8 * outputBytesMax;

/** Input of all running programs together that they have not taken yet. One alone can have 48 MiB. */
export const pendingInputBytesMax = 128 * 1024 * 1024;

/** Ended jobs whose pipes a background process still holds, and whose output is thrown away. */
export const heldJobsMax = 64;

/** Results that nobody has asked for yet. */
export const keptResultsMax = 1024;

/** Memory of these results' output. One alone can have two outputs of `outputBytesMax`. */
export const keptBytesMax = 4 * outputBytesMax;

/** A host that was down over night still finds its result. */
export const resultAgeMsMax = 24 * 60 * 60 * 1000;

/** What may be set otherwise. */
export interface JobLimits {
  readonly runningOutputBytesMax: number;
  readonly keptBytesMax: number;
  readonly resultAgeMsMax: number;
}

export const jobLimitsDefault: JobLimits = {
  runningOutputBytesMax,
  keptBytesMax,
  resultAgeMsMax,
};

/** Starts a program. @throws SysError */
export type StartJob = (order: JobOrder, events: JobEvents) => StartedJob;

/** Told what becomes of jobs without the host hearing of it. */
export type ReportJob = (message: string) => void;

interface Kept {
  readonly result: JobResult;
  readonly bytes: number;
  readonly dueMs: number;
}

/**
 * The programs that hosts have started, by process id. They belong to the agent, not to a connection. A result goes
 * when it is collected; those that nobody collects go too, the oldest first.
 */
export class JobTable implements Jobs {
  readonly #clock: Pick<Reactor, "timer">;
  readonly #start: StartJob;
  readonly #report: ReportJob;
  readonly #limits: JobLimits;
  readonly #nowMs: () => number;
  readonly #cap: ChildCap;
  readonly #outputMemory: OutputMemory;
  readonly #running = new Map<number, StartedJob>();
  /** In the order in which they ended, as are the pids of `#kept`. */
  readonly #held = new Set<StartedJob>();
  readonly #kept = new Map<number, Kept>();
  #keptBytes = 0;
  #expiry: Timer | null = null;
  readonly #events: JobEvents = {
    ended: (job, result) => this.#keep(job, result),
    released: (job) => this.#held.delete(job),
    inputLost: ({ pid }, error) =>
      this.#report(`guest-exec, pid: ${pid}: input was not taken: ${error.text}`),
  };

  /**
   * @param nowMs a clock that never goes back; the one of `clock`'s timers
   * @param cap counts the programs of other tables too
   */
  constructor(
    clock: Pick<Reactor, "timer">,
    start: StartJob,
    report: ReportJob,
    limits: JobLimits = jobLimitsDefault,
    nowMs: () => number = monotonicMs,
    cap: ChildCap = new ChildCap(),
  ) {
    this.#clock = clock;
    this.#start = start;
    this.#report = report;
    this.#limits = limits;
    this.#nowMs = nowMs;
    this.#cap = cap;
    cap.include(() => this.#running.size);
    this.#outputMemory = new OutputMemory(limits.runningOutputBytesMax);
  }

  start(order: JobOrder): number {
    this.#cap.check();
    if (order.input !== null) this.#checkInput(order.input.length);
    const job = this.#start({ ...order, outputMemory: this.#outputMemory }, this.#events);
    const { pid } = job;
    // The kernel gives a number again once its process is reaped. Whoever asks for it now means the newer one.
    this.#running.get(pid)?.release();
    this.#drop(pid, "its pid was given to a new process");
    this.#running.set(pid, job);
    return pid;
  }

  collect(pid: bigint): JobResult | null {
    const key = Number(pid);
    if (this.#running.has(key)) return null;
    const kept = this.#kept.get(key);
    if (kept === undefined) throw new GuestError(`PID ${pid} does not exist`);
    this.#remove(key, kept);
    return kept.result;
  }

  /** Lets go of everything, when the agent ends. Programs run on. */
  closeAll(): void {
    for (const job of [...this.#running.values(), ...this.#held]) job.release();
    this.#running.clear();
    this.#kept.clear();
    this.#keptBytes = 0;
    this.#expiry?.cancel();
    this.#expiry = null;
  }

  #checkInput(bytes: number): void {
    let pending = 0;
    for (const job of this.#running.values()) pending += job.pendingInputBytes;
    if (pending + bytes <= pendingInputBytesMax) return;
    throw new GuestError(
      `processes of guest-exec have not taken ${pending} bytes of their input yet, and ${bytes} more are too much`,
    );
  }

  #keep(job: StartedJob, result: JobResult): void {
    this.#running.delete(job.pid);
    if (job.isHeld) this.#hold(job);
    const bytes = memoryBytes(result);
    this.#kept.set(job.pid, { result, bytes, dueMs: this.#nowMs() + this.#limits.resultAgeMsMax });
    this.#keptBytes += bytes;
    while (this.#kept.size > keptResultsMax || this.#keptBytes > this.#limits.keptBytesMax) {
      this.#drop(this.#oldest(), "there are too many of them");
    }
    this.#awaitExpiry();
  }

  #hold(job: StartedJob): void {
    this.#held.add(job);
    if (this.#held.size <= heldJobsMax) return;
    const [oldest] = this.#held;
    oldest?.release();
  }

  #oldest(): number {
    const [pid] = this.#kept.keys();
    return pid as number;
  }

  #drop(pid: number, reason: string): void {
    const kept = this.#kept.get(pid);
    if (kept === undefined) return;
    this.#remove(pid, kept);
    this.#report(`guest-exec, pid: ${pid}: the result was never asked for, dropped: ${reason}`);
    // At once, not when the collector comes by.
    for (const output of [kept.result.stdout, kept.result.stderr]) output?.bytes.buffer.transfer(0);
  }

  #remove(pid: number, { bytes }: Kept): void {
    this.#kept.delete(pid);
    this.#keptBytes -= bytes;
    if (this.#kept.size > 0) return;
    // While nothing is kept no timer is set, so that an agent at rest is never woken.
    this.#expiry?.cancel();
    this.#expiry = null;
  }

  #awaitExpiry(): void {
    if (this.#expiry !== null) return;
    const [oldest] = this.#kept.values();
    if (oldest === undefined) return;
    this.#expiry = this.#clock.timer(oldest.dueMs - this.#nowMs(), () => {
      this.#expiry = null;
      const now = this.#nowMs();
      for (const [pid, { dueMs }] of this.#kept) {
        if (dueMs > now) break;
        this.#drop(pid, "it is too old");
      }
      this.#awaitExpiry();
    });
  }
}

function memoryBytes({ stdout, stderr }: JobResult): number {
  return (stdout?.bytes.buffer.byteLength ?? 0) + (stderr?.bytes.buffer.byteLength ?? 0);
}
