import * as v from "valibot";
import { realtimeNs } from "../../native/clock.ts";
import { timeZone } from "../linux/time-zone.ts";
import { command } from "./command.ts";
import * as returns from "./returns.ts";

const nsPerUs = 1_000n;
const nsPerSecond = 1_000_000_000n;

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
