import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync } from "node:fs";
import {
  agentUnderTest,
  hasReferenceAgent,
  missingForAgentTests,
  referenceAgent,
} from "./agent-under-test.ts";
import { Guest } from "./guest.ts";
import { missingForGuests, needs } from "./requirements.ts";

setDefaultTimeout(240_000);

const shutdownDeadlineMs = 30_000;
const missing = missingForAgentTests();
const missingWithQemuGa = hasReferenceAgent ? missing : [...missing, referenceAgent];

describe("the guest kit", () => {
  test.skipIf(missingWithQemuGa.length > 0)(
    `boots a guest with two agents, a disk, a network card and files${needs(missingWithQemuGa)}`,
    async () => {
      const diskBytes = 1024 * 1024;
      const otherPort = "org.example.other.0";
      const guest = await Guest.boot({
        agent: agentUnderTest,
        moreAgents: [
          {
            name: "other",
            from: referenceAgent,
            path: "/usr/sbin/other-agent",
            port: otherPort,
            args: ["-p", `/dev/virtio-ports/${otherPort}`, "-t", "/tmp"],
          },
        ],
        modules: ["virtio_blk", "virtio_net"],
        files: [
          { path: "/opt/kit/text", text: "some text", mode: 0o600 },
          { path: "/opt/kit/link", symlinkTo: "text" },
        ],
        extraDevices: [
          ...["-blockdev", `driver=null-co,node-name=disk,size=${diskBytes},read-zeroes=on`],
          ...["-device", "virtio-blk-pci,drive=disk,serial=KIT"],
          ...["-netdev", "user,id=net,restrict=on", "-device", "virtio-net-pci,netdev=net"],
        ],
        kernelWords: ["kit.word=1"],
      });
      const { folder } = guest;
      {
        await using _ = guest;
        for (const agent of [guest.agent, guest.agentNamed("other")]) {
          await using connection = await agent.connect();
          await connection.sync();
          expect(await connection.exchange("guest-ping")).toBe('{"return": {}}');
        }
        expect(await guest.text("cat /sys/class/block/vda/size /sys/class/block/vda/serial")).toBe(
          `${diskBytes / 512}\nKIT`,
        );
        expect(await guest.text("ls /sys/class/net")).toBe("eth0\nlo\n");
        expect(await guest.text("cat /opt/kit/link; stat -c ' %a' /opt/kit/text")).toBe(
          "some text 600\n",
        );
        expect(await guest.text("cat /proc/cmdline")).toContain("kit.word=1");
        await guest.text("echo hello console > /dev/console");
        expect(guest.console()).toContain("hello console");
        expect(await guest.qmp("query-status")).toMatchObject({ status: "running" });
      }
      expect(existsSync(folder)).toBe(false);
    },
  );

  test.skipIf(missing.length > 0)(
    `runs scripts in a guest until it is powered off${needs(missing)}`,
    async () => {
      await using guest = await Guest.boot({
        agent: agentUnderTest,
        agentTraits: { started: false, plugged: false },
      });
      expect(await guest.run("echo out; echo err >&2; exit 3")).toEqual({
        status: 3,
        stdout: "out\n",
        stderr: "err\n",
      });
      expect(await guest.run("true")).toEqual({ status: 0, stdout: "", stderr: "" });
      await expect(guest.text("false")).rejects.toThrow("In the guest: false: status 1");
      const pattern = "\u00e9 'quoted' \"double\" $HOME\n";
      expect(await guest.text(`cat <<'END'\n${pattern}END`)).toBe(pattern);
      await guest.agent.start(["--help"]);
      expect(await guest.agent.exitStatus()).toBe(0);
      // Requests queue, so that tests may ask from several places at once.
      expect(await Promise.all([1, 2, 3].map((n) => guest.text(`echo ${n}`)))).toEqual([
        "1\n",
        "2\n",
        "3\n",
      ]);
      // The shell is ended as well, most likely before it can tell how poweroff ended.
      const last = guest.run("poweroff").catch(String);
      const shutdown = ({ event }: { event: string }) => event === "SHUTDOWN";
      expect((await guest.event("Power off", shutdown, shutdownDeadlineMs)).data).toEqual({
        guest: true,
        reason: "guest-shutdown",
      });
      await last;
    },
  );

  const missingHere = missingForGuests();
  test.skipIf(missingHere.length > 0)(
    `tells why a guest does not boot, and leaves nothing${needs(missingHere)}`,
    async () => {
      await expect(
        Guest.boot({ agent: "/bin/busybox", extraDevices: ["-device", "no-such-device"] }),
      ).rejects.toThrow("'no-such-device' is not a valid device model name");
      await expect(Guest.boot({ agent: "/nonexistent/agent" })).rejects.toThrow(
        "/nonexistent/agent",
      );
      await expect(
        Guest.boot({ agent: "/bin/busybox", modules: ["no_such_module"] }),
      ).rejects.toThrow('no module "no_such_module"');
      // With panic=-1 and -no-reboot a guest that cannot go on ends QEMU.
      await expect(
        Guest.boot({ agent: "/bin/busybox", kernelWords: ["rdinit=/nonexistent"] }),
      ).rejects.toThrow("Kernel panic");
    },
  );
});
