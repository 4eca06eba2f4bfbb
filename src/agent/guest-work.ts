import { monotonicMs } from "../../native/clock.ts";
import type { Reactor } from "../../native/reactor.ts";
import type { FsfreezeHook } from "../commands/context.ts";
import { thaw } from "../commands/fsfreeze.ts";
import { hookDeadlineMsDefault } from "../commands/fsfreeze-hook.ts";
import { type Errand, runErrand } from "../linux/errand.ts";
import { newFileModeDefault } from "../linux/guest-file.ts";
import { Job } from "../linux/job.ts";
import { Stream } from "../linux/stream.ts";
import { ChildCap } from "./child-cap.ts";
import type { Config } from "./config.ts";
import { FileTable, type HandleNumbers } from "./file-table.ts";
import { JobTable } from "./job-table.ts";
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
  readonly thaw: typeof thaw;
  readonly errand: (errand: Errand) => Promise<unknown>;
}

export function guestWork({ config, handleNumbers, log, reactor }: GuestWorkParts): GuestWork {
  const cap = new ChildCap();
  const report = (message: string) => log.warning(message);
  return {
    files: new FileTable(handleNumbers, (error) => log.critical(String(error))),
    jobs: new JobTable(
      reactor,
      (order, events) => new Job(reactor, order, events),
      report,
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
    thaw,
    errand: (errand) => runErrand(reactor, errand),
  };
}

function hookOf({ fsfreezeHook: path, fsfreezeHookSeconds }: Config): FsfreezeHook | null {
  if (path === null) return null;
  const deadlineMs =
    fsfreezeHookSeconds === null ? hookDeadlineMsDefault : fsfreezeHookSeconds * msPerSecond;
  return { path, deadlineMs };
}
