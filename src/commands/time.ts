import * as v from "valibot";
import { localZone, realtimeNs, setRealtimeNs } from "../../native/clock.ts";
import { type ClockDirection, copyByRtc, hwclockPath, rtcPath } from "../linux/rtc.ts";
import { timeZone } from "../linux/time-zone.ts";
import { command } from "./command.ts";
import type { CommandContext } from "./context.ts";
import { GuestError, wording } from "./guest-error.ts";
import { mustRun } from "./program-outcome.ts";
import { int64 } from "./qapi.ts";
import * as returns from "./returns.ts";

const nsPerUs = 1_000n;
const nsPerSecond = 1_000_000_000n;
const msPerSecond = 1000;

export const guestGetTime = command({
  name: "guest-get-time",
  place: 4,
  since: "1.5",
  doc: "The guest's clock.",
  args: () => v.strictObject({}),
  returns: () => returns.int64("nanoseconds since 1970-01-01 UTC, in steps of a microsecond"),
  privilege: "audit",
  whileFrozen: "refused",
  success: "reply",
  mechanism: "clock_gettime(2)",
  run() {
    const now = realtimeNs();
    return now - (now % nsPerUs);
  },
});

export const guestSetTime = command({
  name: "guest-set-time",
  place: 5,
  since: "1.5",
  doc: "Sets the guest's clock to `time` and the hardware clock after it; without `time`, the guest's clock to the hardware clock.",
  args: () => v.strictObject({ time: v.exactOptional(int64()) }),
  returns: null,
  privilege: "unrestricted",
  whileFrozen: "refused",
  success: "reply",
  audited: ({ time }) => ({ arguments: { time } }),
  mechanism: "clock_settime(2), /sbin/hwclock; RTC_SET_TIME and RTC_RD_TIME where there is none",
  async run({ time }, context) {
    if (time === undefined) return copyClock("rtc-to-system", context);
    // Of which C drops the fraction of a microsecond, towards zero.
    const ns = (time / nsPerUs) * nsPerUs;
    if (!isSettable(ns)) throw new GuestError("Invalid time");
    wording("Failed to set time to guest", () => setRealtimeNs(ns));
    await copyClock("system-to-rtc", context);
  },
});

/** What qemu-ga takes for a time: a local year from 1970 on and before 2070. */
function isSettable(ns: bigint): boolean {
  const seconds = ns / nsPerSecond;
  const local = seconds + BigInt(localZone(seconds).offsetSeconds);
  const year = new Date(Number(local) * msPerSecond).getUTCFullYear();
  return year >= 1970 && year < 2070;
}

const hwclockAction = "set hardware clock to system time";
const hwclockDeadlineMs = 60_000;

/** By hwclock(8), which knows what zone the hardware clock keeps and how it drifts; else by the kernel's device. */
async function copyClock(direction: ClockDirection, context: CommandContext): Promise<void> {
  const program = hwclockPath(context.root);
  const device = program === null ? rtcPath(context.root) : null;
  if (device !== null) {
    return wording(`cannot ${hwclockAction} by ${device}`, () =>
      copyByRtc(direction, device, context.root),
    );
  }
  await mustRun(context.reactor, hwclockAction, {
    argv: [program ?? "/sbin/hwclock", direction === "system-to-rtc" ? "-w" : "-s"],
    deadlineMs: hwclockDeadlineMs,
    atDeadline: "kill",
  });
}

export const guestGetTimezone = command({
  name: "guest-get-timezone",
  place: 35,
  since: "2.10",
  doc: "The time zone in force now: the TZ variable's, else that of /etc/localtime.",
  args: () => v.strictObject({}),
  returns: () =>
    v.object({
      zone: v.exactOptional(returns.str("its abbreviation, such as CET")),
      offset: returns.int64("seconds east of UTC, summer time included"),
    }),
  privilege: "audit",
  whileFrozen: "refused",
  success: "reply",
  mechanism: "localtime_r(3)",
  run(_, context) {
    const now = realtimeNs() / nsPerSecond;
    const { abbreviation, offsetSeconds } = timeZone(now, context.environment.TZ);
    return { zone: abbreviation, offset: offsetSeconds };
  },
});

/** For the registry. */
export const timeCommands = [guestGetTime, guestSetTime, guestGetTimezone] as const;
