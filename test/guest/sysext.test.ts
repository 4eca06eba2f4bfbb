/** A system extension is merged by systemd-sysext at boot, and the agent in it starts. */
import { afterAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { agentUnderTest, missingForAgentTests } from "./agent-under-test.ts";
import { DebianGuest } from "./debian-guest.ts";
import { copyDebianRoot, debianRoot, makeDebianDisk, missingForDebianRoot } from "./debian-root.ts";
import { guestText } from "./guest-exec.ts";
import { missingSystemPrograms, needs } from "./requirements.ts";
import { mustRunTool } from "./tool.ts";

const missing = [
  ...missingForAgentTests(),
  ...missingForDebianRoot(),
  ...missingSystemPrograms(["mksquashfs", "debugfs"]),
];
const room = mkdtempSync(join(tmpdir(), "guestwire-sysext-"));
afterAll(() => rmSync(room, { recursive: true, force: true }));

/** What Flatcar has, since its systemd does not reload by itself after a merger either. */
const reloadUnit = `[Unit]
BindsTo=systemd-sysext.service
After=systemd-sysext.service
DefaultDependencies=no
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/systemctl daemon-reload
`;

describe.skipIf(missing.length > 0)(`a system extension${needs(missing)}`, () => {
  test.each(["squashfs", "ext4"])(
    "in %s is merged at boot, and its agent answers",
    async (format) => {
      const root = join(room, format);
      await copyDebianRoot(await debianRoot(), root);
      mkdirSync(`${root}/var/lib/extensions`, { recursive: true });
      const image = `${root}/var/lib/extensions/guestwire.raw`;
      await mustRunTool([agentUnderTest, "sysext", "--format", format, "-o", image]);
      const units = `${root}/etc/systemd/system`;
      writeFileSync(`${units}/ensure-sysext.service`, reloadUnit);
      mkdirSync(`${units}/sysinit.target.wants`, { recursive: true });
      for (const [name, folder] of [
        ["systemd-sysext.service", "/lib/systemd/system"],
        ["ensure-sysext.service", "/etc/systemd/system"],
      ] as const) {
        symlinkSync(`${folder}/${name}`, `${units}/sysinit.target.wants/${name}`);
      }
      const disk = join(room, `${format}.img`);
      await makeDebianDisk(root, disk);
      rmSync(root, { recursive: true });
      await using guest = await DebianGuest.start({
        disk,
        modules: ["loop", "overlay", "squashfs"],
      });
      await guest.agentOpened();
      const agent = await guest.connect();
      // The agent may answer before the unit that started it has ended.
      await guestText(agent, "systemctl is-system-running --wait || true");
      expect(
        await guestText(agent, "readlink /proc/$(systemctl show -P MainPID guestwire)/exe"),
      ).toBe("/usr/bin/guestwire\n");
      expect(
        await guestText(agent, "findmnt -no FSTYPE /usr; systemctl is-active guestwire-merged"),
      ).toBe("overlay\nactive\n");
      expect(await guestText(agent, "systemctl list-units --failed --plain --no-legend")).toBe("");

      // Without the port the agent ends; with it, it starts again.
      await agent[Symbol.asyncDispose]();
      const mark = guest.mark();
      await guest.unplugPort();
      await guest.plugPort();
      await guest.agentOpened(mark);
      await using later = await guest.connect();
      expect(await guestText(later, "systemctl is-active guestwire")).toBe("active\n");
    },
  );
});
