import { type Check, info, ok, skipped, warning } from "../finding.ts";
import type { System } from "../system.ts";

const topic = "Clock";

const nsPerSecond = 1_000_000_000n;
const usPerMs = 1000n;

export const synchronization: Check<System> = {
  id: "clock-sync",
  topic,
  expected: "something keeps the clock right",
  look({ clock }) {
    const { isSynchronized, errorUsMax } = clock.discipline();
    if (isSynchronized) return ok(`it is kept right to ${errorUsMax / usPerMs} ms or better`);
    return info(
      "nothing tells the kernel that it keeps the clock right",
      "run chrony or systemd-timesyncd, or have the host set the time after a guest was paused (guest-set-time, virsh domtime --now)",
    );
  },
};

/** A second is lost in reading it; what is more than this comes of a clock that nobody sets. */
const rtcSecondsMax = 5n;
/** The hardware clock keeps local time, and the system believes that it keeps UTC, or the other way round. */
const zoneStepSeconds = 900n;

export const hardware: Check<System> = {
  id: "clock-rtc",
  topic,
  expected: `the hardware clock is within ${rtcSecondsMax} s of the system's`,
  look({ clock, tree }) {
    const text = tree.word("/sys/class/rtc/rtc0/since_epoch");
    if (text === null || !/^\d+$/.test(text)) return info("there is no hardware clock");
    const local = tree.text("/etc/adjtime")?.split("\n")[2]?.trim() === "LOCAL";
    if (local) return info("the hardware clock keeps local time", "hwclock --systohc --utc");
    const ahead = BigInt(text) - clock.nowNs() / nsPerSecond;
    const away = ahead < 0n ? -ahead : ahead;
    const seen = `the hardware clock is ${away} s ${ahead < 0n ? "behind" : "ahead"}`;
    if (away <= rtcSecondsMax) return ok(away === 0n ? "the two agree" : seen);
    const off = away % zoneStepSeconds;
    const isZone =
      away >= zoneStepSeconds && (off <= rtcSecondsMax || off >= zoneStepSeconds - rtcSecondsMax);
    const cause = isZone
      ? "it looks like a time zone: have the host give UTC (-rtc base=utc), then "
      : "";
    return warning(
      seen,
      `${cause}hwclock --systohc, or guest-set-time from the host without arguments`,
    );
  },
};

/** What the kernel falls back to, each read of which leaves the guest or is coarse. */
const slow: ReadonlySet<string> = new Set(["acpi_pm", "hpet", "jiffies", "refined-jiffies", "pit"]);
const paravirtual = ["kvm-clock", "hyperv_clocksource_tsc_page"];

export const source: Check<System> = {
  id: "clock-source",
  topic,
  expected: "the kernel counts time by the processor or by what the hypervisor shares",
  look({ tree }) {
    const folder = "/sys/devices/system/clocksource/clocksource0";
    const current = tree.word(`${folder}/current_clocksource`);
    if (current === null) return skipped("the kernel does not tell");
    if (!slow.has(current)) return ok(current);
    const available = tree.word(`${folder}/available_clocksource`)?.split(" ") ?? [];
    const better = [...paravirtual, "tsc"].find((each) => available.includes(each));
    if (better === undefined) return info(`${current}; there is no better one`);
    return warning(
      `${current}, though there is ${better}`,
      `take clocksource=${current} from the kernel's command line, or see in its log why it gave ${better} up`,
    );
  },
};
