/** Cases of one shape: what a change of the healthy guest makes of one finding. */
import { describe, expect, test } from "bun:test";
import {
  canMakeDevices,
  guestFindings,
  healthy,
  needsDevices,
  type Places,
} from "./recorded-system.ts";

export interface Case {
  readonly title: string;
  /** Laid over the healthy guest. */
  readonly change: Places;
  readonly id: string;
  readonly status: string;
  readonly seen: RegExp;
  readonly advice?: RegExp;
}

export function describeCases(topic: string, cases: readonly Case[]): void {
  describe.skipIf(!canMakeDevices)(`${topic} of a recorded guest${needsDevices}`, () => {
    test.each([...cases])("$title", async ({ change, id, status, seen, advice }) => {
      const finding = (await guestFindings(healthy, change)).get(id);
      expect(`${finding?.status}: ${finding?.seen}`).toMatch(new RegExp(`^${status}: `));
      expect(finding?.seen).toMatch(seen);
      if (status === "warning" || status === "failure") expect(finding?.advice).not.toBeNull();
      if (advice !== undefined) expect(finding?.advice).toMatch(advice);
    });
  });
}

/** The healthy guest without its port. */
export const noPort: Places = {
  "/dev/vport2p1": null,
  "/dev/virtio-ports/org.qemu.guest_agent.0": null,
  "/sys/class/virtio-ports/vport2p1/name": null,
};

/** … without its agent. */
export const noAgent: Places = {
  "/proc/700/cmdline": null,
  "/proc/700/exe": null,
  "/proc/700/cgroup": null,
  "/proc/700/status": null,
  "/proc/700/fd/5": null,
};

/** … with another agent beside. */
export const qemuGa: Places = {
  "/proc/800/cmdline": "/usr/sbin/qemu-ga\0",
  "/proc/800/exe": { link: "/usr/sbin/qemu-ga" },
  "/proc/800/cgroup": "0::/system.slice/qemu-guest-agent.service\n",
  "/usr/sbin/qemu-ga": new Uint8Array(0),
};

/** … with more lines in the table of mounts. */
export const mountsWith = (lines: string): Places => ({
  "/proc/self/mountinfo": `${healthy["/proc/self/mountinfo"]}${lines}`,
});

/** … with a configuration file. */
export function config(text: string): Places {
  return { "/etc/qemu/qemu-ga.conf": `[general]\n${text}` };
}
