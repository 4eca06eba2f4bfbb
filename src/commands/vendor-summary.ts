import * as v from "valibot";
import { version } from "../../package.json";
import { processorStatistics } from "../linux/processor-statistics.ts";
import { startDeadlineMs } from "../linux/stream.ts";
import { pipeBytes } from "../linux/stream-ends.ts";
import {
  failedUnits,
  isSystemd,
  loadSummary,
  memorySummary,
  pressureOf,
  uptimeMs,
} from "../linux/system-summary.ts";
import { tokenBytesMax } from "../wire/limits.ts";
import { command } from "./command.ts";
import type { CommandContext } from "./context.ts";
import { wording } from "./guest-error.ts";
import * as returns from "./returns.ts";
import { readWaitMsMax, streamBytesMax } from "./vendor-exec.ts";
import { hashDeadlineMs, readAtBytesMax } from "./vendor-file.ts";
import { listEntriesMax } from "./vendor-folder.ts";

function pressure() {
  return v.object({
    "some-avg10": returns.int64("some waited, hundredths of a percent of the last 10 s"),
    "some-avg60": returns.int64("the same of the last 60 s"),
    "full-avg10": v.exactOptional(returns.int64("all waited, of the last 10 s")),
    "full-avg60": v.exactOptional(returns.int64("all waited, of the last 60 s")),
  });
}

export const summary = command({
  name: "__org.guestwire_summary",
  place: 1041,
  since: "guestwire 0.2",
  doc: "How the guest feels, in one call: memory, swap, pressure, load, uptime, and the units of systemd that have failed.",
  args: () => v.strictObject({}),
  returns: () =>
    v.object({
      memory: v.object({
        total: returns.int64("bytes"),
        free: returns.int64("bytes that nobody uses"),
        available: returns.int64("bytes that programs could have"),
        buffers: returns.int64("bytes of block devices"),
        cached: returns.int64("bytes of files"),
      }),
      swap: v.object({
        total: returns.int64("bytes"),
        free: returns.int64("bytes that nobody uses"),
      }),
      pressure: v.exactOptional(v.object({ cpu: pressure(), io: pressure(), memory: pressure() })),
      "uptime-ms": returns.int64("milliseconds since the start"),
      load: v.array(returns.int64("hundredths, over 1, 5 and 15 minutes")),
      processes: v.object({
        running: returns.int64("threads that run or could"),
        total: returns.int64("threads that there are"),
      }),
      "failed-units": v.exactOptional(
        v.array(returns.str("its name; no list while frozen, without systemd, or if it is silent")),
      ),
      processors: returns.int64("processors that are online"),
    }),
  privilege: "audit",
  whileFrozen: "allowed",
  success: "reply",
  mechanism: "/proc; systemctl",
  run(_, context) {
    const { root, freezing, reactor } = context;
    const told = wording("failed to look at the system", () => systemSummary(root));
    // Starting a program reads files, and waits if one of them is to be written to.
    if (freezing.isFrozen || !isSystemd(root)) return told;
    return failedUnits(reactor).then((units) => ({
      ...told,
      ...(units !== null && { "failed-units": units }),
    }));
  },
});

function systemSummary(root: string) {
  const { load, running, total } = loadSummary(root);
  const pressures = pressuresOf(root);
  return {
    ...memorySummary(root),
    ...(pressures !== null && { pressure: pressures }),
    "uptime-ms": uptimeMs(root),
    load: [...load],
    processes: { running, total },
    processors: processorStatistics(`${root}/proc/stat`).length,
  };
}

function pressuresOf(root: string) {
  const [cpu, io, memory] = (["cpu", "io", "memory"] as const).map((each) =>
    pressureOf(root, each),
  );
  return cpu && io && memory ? { cpu, io, memory } : null;
}

export const capabilities = command({
  name: "__org.guestwire_capabilities",
  place: 1042,
  since: "guestwire 0.2",
  doc: "What this agent is: its version, the commands that work now, its limits, and whether file systems are frozen.",
  args: () => v.strictObject({}),
  returns: () =>
    v.object({
      version: returns.str("guestwire's own; guest-info has the one of QEMU's schema"),
      commands: v.array(returns.str("the name of a command that works now")),
      limits: v.object({
        "request-bytes": returns.int64("of one request"),
        "file-read-bytes": returns.int64("of one reply of file-read-at"),
        "file-list-entries": returns.int64("of one reply of file-list"),
        "file-hash-ms": returns.int64("for one range"),
        "exec-read-bytes": returns.int64("of one reply of exec-read"),
        "exec-read-wait-ms": returns.int64("for one exec-read"),
        "exec-pipe-bytes": returns.int64("that a program may be ahead of its host"),
        "exec-start-ms": returns.int64("for becoming another user"),
      }),
      frozen: returns.bool("whether this agent has file systems frozen"),
    }),
  privilege: "audit",
  whileFrozen: "allowed",
  success: "reply",
  mechanism: "the registry and the command filter",
  run(_, context) {
    return {
      version,
      commands: enabledNames(context),
      limits: {
        "request-bytes": tokenBytesMax,
        "file-read-bytes": readAtBytesMax,
        "file-list-entries": listEntriesMax,
        "file-hash-ms": hashDeadlineMs,
        "exec-read-bytes": streamBytesMax,
        "exec-read-wait-ms": readWaitMsMax,
        "exec-pipe-bytes": pipeBytes,
        "exec-start-ms": startDeadlineMs,
      },
      frozen: context.freezing.isFrozen,
    };
  },
});

function enabledNames(context: CommandContext): string[] {
  return context
    .commands()
    .filter(({ enabled }) => enabled)
    .map(({ name }) => name);
}

/** For the registry. */
export const vendorSummaryCommands = [summary, capabilities] as const;
