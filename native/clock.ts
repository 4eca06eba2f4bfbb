/**
 * Clocks and the local time zone.
 */
import { CString } from "bun:ffi";
import { check } from "./errno.ts";
import { libc, rareLibc } from "./libc.ts";
import { Clock, Timespec, Timex, TimexStatus, Tm } from "./structs.ts";

const nsPerSecond = 1_000_000_000n;
const msPerSecond = 1000;
const nsPerMs = 1_000_000;
const wordSize = 2 ** 32;

/** Nanoseconds since the epoch, CLOCK_REALTIME. */
export function realtimeNs(): bigint {
  const memory = Timespec.make();
  // Cannot fail: the clock exists and the address is good (clock_gettime(2)).
  libc().clock_gettime(Clock.CLOCK_REALTIME, memory);
  const { tv_sec, tv_nsec } = Timespec.read(memory);
  return tv_sec * nsPerSecond + tv_nsec;
}

/** Sets CLOCK_REALTIME, in nanoseconds since the epoch. @throws SysError EPERM without CAP_SYS_TIME, EINVAL */
export function setRealtimeNs(ns: bigint): void {
  const memory = Timespec.make({ tv_sec: ns / nsPerSecond, tv_nsec: ns % nsPerSecond });
  check("set", rareLibc().clock_settime(Clock.CLOCK_REALTIME, memory), "system clock");
}

export interface ClockDiscipline {
  /** Whether something, such as an NTP client, tells the kernel that it keeps the clock right. */
  readonly isSynchronized: boolean;
  /** How far off it may be at the most, in microseconds; grows while nothing keeps it. */
  readonly errorUsMax: bigint;
}

/** What adjtimex(2) tells when nothing is to be changed. @throws SysError EPERM where a sandbox forbids it */
export function clockDiscipline(): ClockDiscipline {
  const memory = Timex.make({ modes: 0 });
  check("ask about", rareLibc().adjtimex(memory), "system clock");
  const { status, maxerror } = Timex.read(memory);
  return { isSynchronized: (status & TimexStatus.STA_UNSYNC) === 0, errorUsMax: maxerror };
}

/** A struct timespec, written and read again in each call; the reactor asks often, so nothing is allocated. */
const monotonicWords = new Uint32Array(4);

/**
 * Milliseconds with a fraction, CLOCK_MONOTONIC: the clock by which epoll_wait(2) times out. It stands still
 * while the machine is suspended and never jumps.
 */
export function monotonicMs(): number {
  libc().clock_gettime(Clock.CLOCK_MONOTONIC, monotonicWords);
  const seconds = (monotonicWords[1] as number) * wordSize + (monotonicWords[0] as number);
  return seconds * msPerSecond + (monotonicWords[2] as number) / nsPerMs;
}

/** CPUCLOCK_SCHED of the kernel's posix-timers.h: of the whole process, by the scheduler's count. */
const processClockKind = 2;

/**
 * CPU time that a process has used, in nanoseconds: all its threads, also those that have ended. Any process can be
 * asked about. The number of its clock is what clock_getcpuclockid(3) makes of the process id.
 *
 * @throws SysError EINVAL when there is no such process
 */
export function processCpuNs(pid: number): number {
  const memory = Timespec.make();
  const number = (~pid << 3) | processClockKind;
  check("ask for", libc().clock_gettime(number, memory), `CPU time of process ${pid}`);
  const { tv_sec, tv_nsec } = Timespec.read(memory);
  return Number(tv_sec * nsPerSecond + tv_nsec);
}

export type LocalZone = {
  /** Such as `CET`. */
  readonly abbreviation: string;
  /** East of UTC is positive; daylight saving time is included. */
  readonly offsetSeconds: number;
};

/**
 * The local zone in force at a moment: `TZ` of the environment, else /etc/localtime. tzset(3) is called each
 * time, so a zone changed while we run is seen (musl keeps to the file it read first).
 *
 * @param epochSeconds seconds since the epoch.
 * @throws RangeError when the year of that moment does not fit a `struct tm`.
 */
export function localZone(epochSeconds: bigint): LocalZone {
  const time = new BigInt64Array([epochSeconds]);
  const memory = Tm.make();
  rareLibc().tzset();
  if (rareLibc().localtime_r(time, memory) === null) {
    throw new RangeError(`Cannot break down the time: current value is ${epochSeconds}`);
  }
  const { tm_gmtoff, tm_zone } = Tm.read(memory);
  return { abbreviation: new CString(tm_zone), offsetSeconds: Number(tm_gmtoff) };
}
