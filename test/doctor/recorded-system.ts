/** Trees of files that stand for a whole system, for the doctor to look at. */
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { examine } from "../../src/doctor/examine.ts";
import type { Check, Finding } from "../../src/doctor/finding.ts";
import { guestChecks } from "../../src/doctor/guest/all.ts";
import { imageChecks } from "../../src/doctor/image/all.ts";
import { type Clock, System } from "../../src/doctor/system.ts";

/** A path and what is there: text or bytes of a file, the target of a link, a folder, a character device. */
export type Place =
  | string
  | Uint8Array
  | { readonly link: string }
  | { readonly text: string | Uint8Array; readonly mode: number }
  | "character device";

export type Places = Readonly<Record<string, Place | null>>;

const currentTime = 1_700_000_000n;

export const fakeClock: Clock = {
  discipline: () => ({ isSynchronized: true, errorUsMax: 2_000n }),
  nowNs: () => currentTime * 1_000_000_000n,
};

/** A guest in good health, as Debian has it: kernel 6.1, q35, one disk; systemd starts guestwire. */
export const healthy: Places = {
  "/proc/1/comm": "systemd\n",
  "/proc/1/cmdline": "/sbin/init\0",
  "/proc/1/exe": { link: "/usr/lib/systemd/systemd" },
  "/proc/2/cmdline": "",
  "/proc/sys/kernel/osrelease": "6.1.0-42-amd64\n",
  "/proc/self/mountinfo":
    "22 27 0:21 / /proc rw - proc proc rw\n" +
    "27 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw\n" +
    "40 27 0:25 / /run rw - tmpfs tmpfs rw\n" +
    "50 27 254:2 / /boot/efi rw - vfat /dev/vda2 ro\n",
  "/proc/cpuinfo":
    "processor\t: 0\nmodel name\t: Intel Core i7 9xx (Nehalem Class Core i7)\n" +
    "flags\t\t: fpu sse sse2 pni ssse3 cx16 sse4_1 sse4_2 popcnt syscall nx lm lahf_lm\n",
  "/proc/meminfo": "MemTotal:        1024000 kB\n",
  "/proc/swaps": "Filename\tType\tSize\tUsed\tPriority\n/dev/vda3 partition 2048000 0 -2\n",
  "/sys/power/state": "freeze mem disk\n",
  "/sys/power/resume": "254:3\n",
  "/sys/class/rtc/rtc0/since_epoch": `${currentTime}\n`,
  "/sys/devices/system/clocksource/clocksource0/current_clocksource": "kvm-clock\n",
  "/sys/devices/system/clocksource/clocksource0/available_clocksource": "kvm-clock tsc acpi_pm\n",
  "/sys/bus/virtio/devices/virtio2/device": "0x0003\n",
  "/sys/bus/virtio/devices/virtio2/driver": {
    link: "../../../../bus/virtio/drivers/virtio_console",
  },
  "/sys/class/virtio-ports/vport2p1/name": "org.qemu.guest_agent.0\n",
  "/sys/kernel/debug/virtio-ports/vport2p1": "name: org.qemu.guest_agent.0\nhost_connected: 1\n",
  "/dev/vport2p1": "character device",
  "/dev/virtio-ports/org.qemu.guest_agent.0": { link: "../vport2p1" },
  "/run/systemd/system/.keep": "",
  "/var/run": { link: "/run" },
  "/usr/lib/systemd/system/guestwire.service": "[Service]\nExecStart=/usr/bin/guestwire\n",
  "/etc/systemd/system/multi-user.target.wants/guestwire.service": {
    link: "/usr/lib/systemd/system/guestwire.service",
  },
  "/usr/bin/guestwire": new Uint8Array(0),
  "/proc/700/cmdline": "/usr/bin/guestwire\0",
  "/proc/700/exe": { link: "/usr/bin/guestwire" },
  "/proc/700/cgroup": "0::/system.slice/guestwire.service\n",
  "/proc/700/status":
    "Name:\tguestwire\nUid:\t0\t0\t0\t0\nCapEff:\t000001ffffffffff\nNoNewPrivs:\t0\nSeccomp:\t0\n",
  "/proc/700/fd/5": { link: "/dev/vport2p1" },
};

/** A folder of its own, gone when the block ends. */
export class Folder implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), "guestwire-doctor-"));

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** Whether this user can make device nodes, which need CAP_MKNOD and a file system that takes them. */
export const canMakeDevices: boolean = (() => {
  using folder = new Folder();
  return spawnSync("mknod", [join(folder.path, "node"), "c", "1", "3"]).status === 0;
})();

export const needsDevices: string = canMakeDevices ? "" : " (needs root, to make device nodes)";

/** Puts places below a root; null takes one out again. */
export function furnish(root: string, ...layers: readonly Places[]): void {
  const all: Record<string, Place | null> = Object.assign({}, ...layers);
  for (const [path, place] of Object.entries(all)) {
    if (place === null) continue;
    const at = join(root, path);
    mkdirSync(dirname(at), { recursive: true });
    if (place === "character device") {
      spawnSync("mknod", ["-m", "600", at, "c", "1", "3"]);
    } else if (typeof place === "string" || place instanceof Uint8Array) {
      writeFileSync(at, place);
    } else if ("link" in place) symlinkSync(place.link, at);
    else {
      writeFileSync(at, place.text);
      chmodSync(at, place.mode);
    }
  }
}

/** The findings of a recorded guest by their ids. */
export function guestFindings(...layers: readonly Places[]): Promise<ReadonlyMap<string, Finding>> {
  return findings(guestChecks, layers, true);
}

/** The same of an image. */
export function imageFindings(...layers: readonly Places[]): Promise<ReadonlyMap<string, Finding>> {
  return findings(imageChecks, layers, false);
}

async function findings(
  checks: readonly Check<System>[],
  layers: readonly Places[],
  isRunning: boolean,
): Promise<ReadonlyMap<string, Finding>> {
  using folder = new Folder();
  furnish(folder.path, ...layers);
  const system = new System({ root: folder.path, isRunning, clock: fakeClock });
  const found = await examine(checks, system);
  return new Map(found.map((finding) => [finding.id, finding]));
}
