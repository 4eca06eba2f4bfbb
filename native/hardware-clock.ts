/** The clock that runs while the machine is off (rtc(4)), by its device. What zone it keeps is not its business. */
import { check } from "./errno.ts";
import { libc } from "./libc.ts";
import { Fd, rawFd } from "./raw-fd.ts";
import { OpenFlag, RtcIoctl, RtcTime } from "./structs.ts";

const msPerSecond = 1000;
const firstYear = 1900;

/** The time it shows, as if in UTC, in seconds since 1970. @throws SysError */
export function readHardwareClock(path: string): bigint {
  using fd = Fd.open(path, OpenFlag.O_RDONLY);
  const memory = RtcTime.make();
  check("read", libc().ioctl(rawFd(fd), RtcIoctl.RTC_RD_TIME, memory), path);
  const { tm_year, tm_mon, tm_mday, tm_hour, tm_min, tm_sec } = RtcTime.read(memory);
  const ms = Date.UTC(firstYear + tm_year, tm_mon, tm_mday, tm_hour, tm_min, tm_sec);
  return BigInt(ms / msPerSecond);
}

/** Has it show a time, given as `readHardwareClock` gives it. @throws SysError */
export function setHardwareClock(path: string, seconds: bigint): void {
  const time = new Date(Number(seconds) * msPerSecond);
  const memory = RtcTime.make({
    tm_year: time.getUTCFullYear() - firstYear,
    tm_mon: time.getUTCMonth(),
    tm_mday: time.getUTCDate(),
    tm_hour: time.getUTCHours(),
    tm_min: time.getUTCMinutes(),
    tm_sec: time.getUTCSeconds(),
  });
  using fd = Fd.open(path, OpenFlag.O_RDONLY);
  check("set", libc().ioctl(rawFd(fd), RtcIoctl.RTC_SET_TIME, memory), path);
}
