import { monotonicMs } from "../../native/clock.ts";
import type { Reactor } from "../../native/reactor.ts";
import type { FsfreezeHook, OutsideWork } from "../commands/context.ts";
import { freezeSecondsMaxDefault, thaw } from "../commands/fsfreeze-acts.ts";
import { hookDeadlineMsDefault } from "../commands/fsfreeze-hook.ts";
import { watchLease } from "../commands/fsfreeze-lease.ts";
import { trimSecondsMaxDefault } from "../commands/fstrim.ts";
import { type Errand, runErrand } from "../linux/errand.ts";
import { thisProgram } from "../linux/errands.ts";
import { newFileModeDefault } from "../linux/guest-file.ts";
import { Job } from "../linux/job.ts";
import { Stream } from "../linux/stream.ts";
import { ChildCap, runningJobsMax } from "./child-cap.ts";
import type { Config } from "./config.ts";
import { FileTable, type HandleNumbers, openFilesMax } from "./file-table.ts";
import { type JobLimits, JobTable, jobLimitsDefault } from "./job-table.ts";
import type { Log } from "./log.ts";
import { StreamTable } from "./stream-table.ts";

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
  readonly streams: StreamTable;
  readonly fsfreezeHook: FsfreezeHook | null;
  /** Permission bits of files that a host makes. */
  readonly newFileMode: number;
  readonly outside: OutsideWork;
  readonly thaw: typeof thaw;
  readonly errand: (errand: Errand) => Promise<unknown>;
  readonly watchLease: typeof watchLease;
}

export function guestWork({ config, handleNumbers, log, reactor }: GuestWorkParts): GuestWork {
  const cap = new ChildCap(config.runningProgramsMax ?? runningJobsMax);
  const report = (message: string) => log.warning(message);
  return {
    files: new FileTable(
      handleNumbers,
      (error) => log.critical(String(error)),
      config.openFilesMax ?? openFilesMax,
    ),
    jobs: new JobTable(
      reactor,
      (order, events) => new Job(reactor, order, events),
      report,
      jobLimitsOf(config),
      monotonicMs,
      cap,
    ),
    streams: new StreamTable(
      reactor,
      (order, events) => new Stream(reactor, order, events),
      cap,
      report,
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
    errand: (errand) => runErrand(reactor, errand),
    watchLease,
  };
}

function jobLimitsOf(config: Config): JobLimits {
  const { resultAgeSecondsMax } = config;
  const limits = jobLimitsDefault;
  return {
    runningOutputBytesMax: config.runningOutputBytesMax ?? limits.runningOutputBytesMax,
    keptBytesMax: config.keptOutputBytesMax ?? limits.keptBytesMax,
    resultAgeMsMax:
      resultAgeSecondsMax === null ? limits.resultAgeMsMax : resultAgeSecondsMax * msPerSecond,
  };
}

function hookOf({ fsfreezeHook: path, fsfreezeHookSeconds }: Config): FsfreezeHook | null {
  if (path === null) return null;
  const deadlineMs =
    fsfreezeHookSeconds === null ? hookDeadlineMsDefault : fsfreezeHookSeconds * msPerSecond;
  return { path, deadlineMs };
}
