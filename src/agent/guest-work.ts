import type { Reactor } from "../../native/reactor.ts";
import type { FsfreezeHook, OutsideWork } from "../commands/context.ts";
import { freezeSecondsMaxDefault, thaw } from "../commands/fsfreeze-acts.ts";
import { hookDeadlineMsDefault } from "../commands/fsfreeze-hook.ts";
import { watchLease } from "../commands/fsfreeze-lease.ts";
import { trimSecondsMaxDefault } from "../commands/fstrim.ts";
import { type Errand, runErrand, thisProgram } from "../linux/errand.ts";
import { newFileModeDefault } from "../linux/guest-file.ts";
import { Job } from "../linux/job.ts";
import type { Config } from "./config.ts";
import { FileTable, type HandleNumbers } from "./file-table.ts";
import { JobTable } from "./job-table.ts";
import type { Log } from "./log.ts";

const msPerSecond = 1000;

export interface GuestWorkParts {
  readonly config: Config;
  readonly handleNumbers: HandleNumbers;
  readonly log: Log;
  readonly reactor: Reactor;
}

/** What commands work with that no start needs, so that a start need not load its code. */
export interface GuestWork {
  readonly files: FileTable;
  readonly jobs: JobTable;
  readonly fsfreezeHook: FsfreezeHook | null;
  /** Permission bits of files that a host makes. */
  readonly newFileMode: number;
  readonly outside: OutsideWork;
  readonly thaw: typeof thaw;
  readonly watchLease: typeof watchLease;
  readonly errand: (errand: Errand) => Promise<unknown>;
}

export function guestWork({ config, handleNumbers, log, reactor }: GuestWorkParts): GuestWork {
  return {
    files: new FileTable(handleNumbers, (error) => log.critical(String(error))),
    jobs: new JobTable(
      reactor,
      (order, events) => new Job(reactor, order, events),
      (message) => log.warning(message),
    ),
    fsfreezeHook: hookOf(config),
    newFileMode: config.fileMode ?? newFileModeDefault,
    outside: {
      program: thisProgram,
      freezeSecondsMax: config.fsfreezeDeadlineSeconds ?? freezeSecondsMaxDefault,
      leaseSeconds: config.freezeTimeoutSeconds,
      trimSecondsMax: config.fstrimDeadlineSeconds ?? trimSecondsMaxDefault,
    },
    thaw,
    watchLease,
    errand: (errand) => runErrand(reactor, errand),
  };
}

function hookOf({ fsfreezeHook: path, fsfreezeHookSeconds }: Config): FsfreezeHook | null {
  if (path === null) return null;
  const deadlineMs =
    fsfreezeHookSeconds === null ? hookDeadlineMsDefault : fsfreezeHookSeconds * msPerSecond;
  return { path, deadlineMs };
}
