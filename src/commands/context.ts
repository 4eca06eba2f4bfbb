import type { Reactor } from "../../native/reactor.ts";
import type { Approve } from "../linux/checked-open.ts";
import type { Errand } from "../linux/errand.ts";
import type { FreezeLease } from "../linux/freeze-lease.ts";
import type { GuestFile } from "../linux/guest-file.ts";
import type { HeldFileSystems } from "../linux/held-file-systems.ts";
import type { JobOrder, JobResult } from "../linux/job.ts";
import type { FreezeCrew } from "../linux/outside/freeze-crew.ts";
import type { ReadMemory } from "../linux/read-memory.ts";
import type { Stream, StreamOrder, StreamReading } from "../linux/stream.ts";
import type { Command, ReadDeed, WriteDeed } from "./command.ts";

/** One entry of guest-info's `supported_commands`, exactly these three members: clients compare whole entries. */
export interface CommandInfo {
  readonly name: string;
  readonly enabled: boolean;
  readonly "success-response": boolean;
}

/** The table of open files. Handles are never reused and count on over restarts of the agent. */
export interface OpenFiles {
  /**
   * Runs `open` and enters its file. A number is secured first, so that a state directory that cannot be
   * written costs an error and not an opened file.
   * @throws GuestError `failed to commit persistent state to disk`; OpenFailure EMFILE when too many are open
   */
  enter(open: () => GuestFile): bigint;
  /** @throws GuestError `handle '%d' has not been found` */
  get(handle: bigint): GuestFile;
  /** Takes the file out of the table; the caller closes it. @throws GuestError as `get` */
  take(handle: bigint): GuestFile;
}

/** The table of programs that hosts have started. */
export interface Jobs {
  /**
   * Starts a program and enters it.
   * @returns its process id
   * @throws GuestError when too many run; SysError `run` when it cannot be executed, `create` without pipes
   */
  start(order: JobOrder): number;
  /**
   * Null while the program runs. A result is given once, then its number is unknown.
   * @throws GuestError `PID %d does not exist`
   */
  collect(pid: bigint): JobResult | null;
}

/** The table of programs whose output is read as it comes. */
export interface Streams {
  /**
   * Starts a program and enters it; waits where it is to be another user's.
   * @returns its process id
   * @throws GuestError when too many run; SysError as Stream; NoAnswer
   */
  start(order: StreamOrder): number | Promise<number>;
  /** @throws GuestError `PID %d does not exist` */
  get(pid: bigint): Stream;
  /**
   * Reads what the program has written, at most `bytesMax`; waits for something to tell for `waitMs` at the most, and no
   * longer once another request has come. A program that is told as done is forgotten.
   * @throws GuestError as `get`
   */
  read(
    pid: bigint,
    bytesMax: number,
    waitMs: number,
    memory: ReadMemory,
  ): StreamReading | Promise<StreamReading>;
}

/** Whether file systems are frozen, as far as the agent knows: by what it did itself, not by what the kernel says. */
export interface Freezing {
  readonly isFrozen: boolean;
  /** What it has frozen itself. */
  readonly held: HeldFileSystems;
  /** Who has frozen, and is there to thaw. */
  crew: FreezeCrew | null;
  /** When the freeze ends by itself; null: not, or nothing is frozen. */
  readonly lease: FreezeLease | null;
  /** The file that marks the freeze, and the one that says that a lease has ended without an agent. */
  readonly markPath: string;
  readonly notePath: string;
  /**
   * Before the first file system freezes. From now on the agent touches no file and only commands that do not either
   * are carried out.
   * @throws SysError when that cannot be marked on disk; then nothing has changed
   */
  enter(lease: FreezeLease | null): void;
  /** After the last one is thawed. Does nothing when nothing is frozen. */
  leave(): void;
  /** Remembers that a freeze has ended by itself. */
  noteLeaseEnd(seconds: number): void;
  /** After how long a freeze has ended by itself since the last call; null: none has. */
  takeLeaseEnd(): number | null;
  /** One after the other, and without signals that end the agent half-way. */
  uninterrupted<T>(act: () => Promise<T>): Promise<T>;
}

/** What is done by processes of their own, since it may wait inside the kernel for ever. */
export interface OutsideWork {
  /** This program. */
  readonly program: readonly string[];
  /** How long all of a freeze, or of a thaw, may take. */
  readonly freezeSecondsMax: number;
  /** After how long a freeze ends by itself, unless the host says otherwise; null: never. */
  readonly leaseSeconds: number | null;
  /** How long all of a trim may take. */
  readonly trimSecondsMax: number;
}

/** The program that is run before file systems freeze and after they thaw. */
export interface FsfreezeHook {
  readonly path: string;
  /** It is ended when one run takes longer. */
  readonly deadlineMs: number;
}

/** What the policy of this guest lets hosts do; see src/policy. */
export interface Policy {
  /** Why the host may not call a command at all; null where it may. */
  refusal(command: Command): string | null;
  /** @throws Denial about what is told by the arguments alone */
  checkArguments(command: Command, args: Readonly<Record<string, unknown>>): void;
  /** What approves of files that are opened in that mode of fopen(3); it throws Denial. */
  approveFile(mode: string): Approve;
  /** What approves of paths for something else; `mode`: the permission bits that a change gives. It throws Denial. */
  approvePath(deed: ReadDeed | WriteDeed, mode?: number): Approve;
  /** A move between two real paths, of a folder with all that is in it. @throws Denial */
  approveMove(from: string, to: string, isFolder: boolean): void;
  /** The program as it may be run. @throws Denial */
  narrowProgram(order: JobOrder): JobOrder;
  /** The same where its output is read as it comes. @throws Denial */
  narrowStream(order: StreamOrder): StreamOrder;
}

/** What a command may use of the agent it runs in. */
export interface CommandContext {
  readonly files: OpenFiles;
  /** Where bytes read from files lie until they are sent. */
  readonly readMemory: ReadMemory;
  readonly jobs: Jobs;
  readonly streams: Streams;
  readonly freezing: Freezing;
  readonly fsfreezeHook: FsfreezeHook | null;
  /** Null where there is none: hosts may do everything. */
  readonly policy: Policy | null;
  readonly outside: OutsideWork;
  /** The commands of this agent in the order of guest-info. */
  commands(): CommandInfo[];
  /** What stands before the absolute paths of the guest's system files: nothing, or the folder of another root. */
  readonly root: string;
  /** Permission bits of files that a host makes. */
  readonly newFileMode: number;
  /** For commands that wait for something: children, pipes, timers. */
  readonly reactor: Reactor;
  /**
   * Has another process of this program do what may take for ever.
   * @throws ErrandFailure; SysError when it cannot be started (both as rejections)
   */
  errand(errand: Errand): Promise<unknown>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** For the system log: what the host had done to this guest. */
  audit(text: string): void;
}
