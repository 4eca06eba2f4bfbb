import { localZone, realtimeNs, setRealtimeNs } from "../../native/clock.ts";
import { SysError } from "../../native/errno.ts";
import { fileStatusIfThere } from "../../native/file-status.ts";
import { isExecutable, readFile } from "../../native/files.ts";
import { readHardwareClock, setHardwareClock } from "../../native/hardware-clock.ts";

export type ClockDirection = "system-to-rtc" | "rtc-to-system";

const nsPerSecond = 1_000_000_000n;
const adjtimeBytesMax = 4096;

/** The path of hwclock(8), or null where it is not installed. */
export function hwclockPath(root: string): string | null {
  const path = `${root}/sbin/hwclock`;
  return isExecutable(path) ? path : null;
}

/** The device of the hardware clock, or null where the guest has none. */
export function rtcPath(root: string): string | null {
  for (const path of [`${root}/dev/rtc`, `${root}/dev/rtc0`]) {
    if (fileStatusIfThere(path)?.type === "char") return path;
  }
  return null;
}

/** Sets one clock by the other without hwclock(8). @throws SysError */
export function copyByRtc(direction: ClockDirection, device: string, root: string): void {
  if (direction === "system-to-rtc") {
    const seconds = realtimeNs() / nsPerSecond;
    setHardwareClock(device, seconds + zoneOffset(root, seconds));
    return;
  }
  const shown = readHardwareClock(device);
  setRealtimeNs((shown - zoneOffset(root, shown)) * nsPerSecond);
}

/** How far the hardware clock is ahead of UTC at a moment, in seconds: not at all unless adjtime(5) says LOCAL. */
function zoneOffset(root: string, epochSeconds: bigint): bigint {
  return keepsLocalTime(root) ? BigInt(localZone(epochSeconds).offsetSeconds) : 0n;
}

/** The third line of /etc/adjtime is `UTC` or `LOCAL`; hwclock(8) takes a missing file for UTC. */
function keepsLocalTime(root: string): boolean {
  try {
    const text = Buffer.from(readFile(`${root}/etc/adjtime`, adjtimeBytesMax)).toString();
    return text.split("\n")[2]?.trim() === "LOCAL";
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    return false;
  }
}
