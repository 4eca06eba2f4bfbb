/** Freezing, trimming and thawing where something does not answer or dies, which no test on this machine may do. */
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  setDefaultTimeout,
  test,
} from "bun:test";
import { suspendedDiskFaults } from "../faults/suspended-disk-rows.ts";
import type { AgentConnection } from "./agent-connection.ts";
import {
  agentUnderTest,
  hasReferenceAgent,
  missingForAgentTests,
  referenceAgent,
} from "./agent-under-test.ts";
import { Guest } from "./guest.ts";
import { lvmModules } from "./guest-lvm.ts";
import { missingSystemPrograms, needs } from "./requirements.ts";
import { mustRunTool, systemProgram } from "./tool.ts";
import { DeadlineError } from "./unix-stream.ts";
import { Writers } from "./writers.ts";

const bootTimeoutMs = 240_000;
setDefaultTimeout(180_000);

const mebibyte = 1024 * 1024;
const sectorBytes = 512;
const diskBytes = 96 * mebibyte;
const referencePort = "org.example.reference.0";
/** Longer than two processes take to start in an emulated guest. */
const deadlineSeconds = 12;
const lease = "__org.guestwire_timeout";
const hook = "/etc/hook";
const standInsText = `#!/bin/sh
for each in /proc/[0-9]*; do
  tr '\\0' ' ' 2>/dev/null <"$each/cmdline" | grep -q '^/proc/self/exe outside' && echo "\${each#/proc/}"
done
exit 0
`;
/** Longer than two such deadlines one after the other. */
const replyMs = 90_000;

const missing = [
  ...missingForAgentTests("amd64"),
  ...missingSystemPrograms(["mke2fs", "mkfs.xfs", "dmsetup"]),
];

const syncTurns = 20;

function medianAndLongest(ms: readonly number[]): string {
  const sorted = ms.toSorted((one, other) => one - other);
  const median = sorted[Math.floor(sorted.length / 2)] as number;
  return `median ${median.toFixed(1)} ms, longest ${(sorted.at(-1) as number).toFixed(1)} ms`;
}

describe.skipIf(missing.length > 0)(`freezing in distress, in a guest${needs(missing)}`, () => {
  let guest: Guest;
  let agent: AgentConnection;
  let writers: Writers;

  beforeAll(async () => {
    guest = await Guest.boot({
      agent: agentUnderTest,
      agentTraits: { path: "/usr/bin/guestwire" },
      agentArgs: ["-c", "/etc/agent.conf"],
      moreAgents: hasReferenceAgent
        ? [
            {
              name: "reference",
              from: referenceAgent,
              path: "/usr/bin/reference-agent",
              port: referencePort,
              args: ["-p", `/dev/virtio-ports/${referencePort}`, "-t", "/run/reference"],
              started: false,
            },
          ]
        : [],
      kernelFlavour: "amd64",
      modules: ["crc32c_generic", "ext4", "xfs", "virtio_blk", ...lvmModules],
      executables: [{ from: systemProgram("dmsetup"), path: "/sbin/dmsetup" }],
      files: [
        {
          path: "/etc/agent.conf",
          text: `[general]\nfsfreeze-deadline=${deadlineSeconds}\nfstrim-deadline=${deadlineSeconds}\nfsfreeze-hook=${hook}\n`,
        },
        { path: "/usr/bin/stand-ins", mode: 0o755, text: standInsText },
        { path: hook, mode: 0o755, text: '#!/bin/sh\necho "$1" >>/run/hook-calls\n' },
      ],
      disks: [
        {
          name: "ext",
          bytes: diskBytes,
          device: "virtio-blk-pci",
          fill: (path) => mustRunTool([systemProgram("mke2fs"), "-q", "-F", "-t", "ext4", path]),
        },
        {
          name: "xfs",
          bytes: 320 * mebibyte,
          device: "virtio-blk-pci",
          fill: (path) => mustRunTool([systemProgram("mkfs.xfs"), "-q", path]),
        },
      ],
    });
    await guest.text(`
      mkdir -p /run/reference /hung /sound
      dmsetup create --noudevrules --noudevsync hung --table "0 ${diskBytes / sectorBytes} linear /dev/vda 0"
      mount -t ext4 /dev/dm-0 /hung
      mount -t xfs /dev/vdb /sound`);
    writers = new Writers(guest);
    agent = await guest.connect();
    await agent.sync();
  }, bootTimeoutMs);

  afterAll(async () => {
    await agent?.close();
    await guest?.[Symbol.asyncDispose]();
  });

  const status = () => agent.call("guest-fsfreeze-status");
  const thaw = () => agent.exchange("guest-fsfreeze-thaw", {}, replyMs);
  const freeze = (seconds?: number) =>
    agent.exchange(
      "guest-fsfreeze-freeze",
      seconds === undefined ? {} : { [lease]: seconds },
      replyMs,
    );
  const trim = async () => {
    const { paths } = (await agent.call("guest-fstrim", {}, replyMs)) as { paths: unknown[] };
    return paths;
  };
  const returned = (value: unknown) => `{"return": ${JSON.stringify(value)}}`;
  const refused = (desc: string) =>
    `{"error": {"class": "GenericError", "desc": ${JSON.stringify(desc)}}}`;
  const endedByItself = (seconds: number) =>
    refused(
      `the freeze ended by itself after ${seconds} s: what was made of the disks since then cannot be trusted`,
    );
  /** From now on the disk answers nothing, as one whose storage is gone. */
  const suspend = () => guest.text("dmsetup suspend --nolockfs --noflush --noudevsync hung");
  /** Something that a freeze has to write out. */
  const dirty = () => guest.text("dd if=/dev/zero of=/hung/dirty bs=64k count=16 2>/dev/null");
  const resume = () => guest.text("dmsetup resume --noudevsync hung");
  /** Busybox need not have pgrep. */
  const listStandIns = "/usr/bin/stand-ins";
  const standIns = async () => (await guest.text(listStandIns)).trim().split("\n").filter(Boolean);
  const noStandIns = () => writers.until(`[ -z "$(${listStandIns})" ]`);
  const hookCalls = async () =>
    (await guest.text("cat /run/hook-calls 2>/dev/null || true")).trim().split("\n").join(" ");
  /** Writes where the disk answers, which shows that nothing is frozen. */
  const canWrite = async (...paths: readonly string[]) => {
    await writers.clear();
    for (const path of paths) await writers.write(path);
    await writers.ended(paths.length);
  };
  const start = async () => {
    await guest.agent.start();
    await guest.agent.opened();
    await agent.sync();
  };
  const kill = async () => {
    await guest.agent.process.signal("KILL");
    await guest.agent.exitStatus();
  };

  beforeEach(async () => {
    await guest.text("rm -f /run/hook-calls");
    await writers.clear();
  });

  afterEach(async () => {
    await resume();
    await thaw();
    await thaw();
    await noStandIns();
  });

  describe("a disk that does not answer", () => {
    test(`guest-fsfreeze-freeze: ${suspendedDiskFaults.freeze.ours}`, async () => {
      await dirty();
      await suspend();
      expect(await freeze()).toBe(
        refused(`failed to freeze /hung: no end after ${deadlineSeconds} s`),
      );
      expect(await status()).toBe("thawed");
      expect(await hookCalls()).toBe("freeze thaw");
      await canWrite("/sound/w");
      // The freeze goes on inside the kernel; all that asks for the same file system would wait with it.
      expect(await standIns()).toHaveLength(1);
      expect(await thaw()).toBe(returned(0));
      expect(await freeze()).toBe(
        refused("failed to freeze /hung: an earlier attempt has not ended"),
      );
      expect(await agent.exchange("guest-ping")).toBe(returned({}));
      await resume();
      await noStandIns();
      await canWrite("/hung/w", "/sound/w");
      expect(await freeze()).toBe(returned(2));
      expect(await thaw()).toBe(returned(2));
    });

    test(`guest-fstrim: ${suspendedDiskFaults.trim.ours}`, async () => {
      await guest.text(
        "dd if=/dev/zero of=/hung/big bs=1M count=8 2>/dev/null; sync; rm /hung/big; sync",
      );
      await suspend();
      expect(await trim()).toEqual([
        { path: "/sound", trimmed: expect.any(Number), minimum: expect.any(Number) },
        { path: "/hung", error: `failed to trim: no end after ${deadlineSeconds} s` },
      ]);
      expect(await trim()).toMatchObject([
        { path: "/sound" },
        { error: "failed to trim: an earlier attempt has not ended" },
      ]);
      await resume();
      await noStandIns();
      expect((await trim())[1]).toHaveProperty("trimmed");
    });

    test(`guest-get-fsinfo: ${suspendedDiskFaults.fsinfo.ours}`, async () => {
      await suspend();
      const info = (await agent.call("guest-get-fsinfo")) as { mountpoint: string }[];
      expect(info.map(({ mountpoint }) => mountpoint)).toEqual(["/sound", "/hung"]);
    });

    test("keeps no host from getting in sync, which never hears of the freeze that it gave up", async () => {
      await dirty();
      await suspend();
      await agent.sendRequest("guest-fsfreeze-freeze");
      await writers.until(`[ $(${listStandIns} | wc -l) -eq 2 ]`);
      const tookMs: number[] = [];
      for (let turn = 0; turn < syncTurns; turn++) {
        const begunMs = performance.now();
        await agent.sync();
        tookMs.push(performance.now() - begunMs);
      }
      console.log(`in sync while a freeze hangs: ${medianAndLongest(tookMs)}`);
      expect(await agent.exchange("guest-fsfreeze-status", {}, replyMs)).toBe(returned("thawed"));
      await canWrite("/sound/w");
    });

    test(`guest-fsfreeze-thaw: ${suspendedDiskFaults.thaw.ours}`, async () => {
      expect(await freeze()).toBe(returned(2));
      await suspend();
      expect(await thaw()).toBe(refused(`failed to thaw /hung: no end after ${deadlineSeconds} s`));
      expect(await status()).toBe("thawed");
      await canWrite("/sound/w");
      await resume();
      await canWrite("/hung/w");
    });

    describe.skipIf(!hasReferenceAgent)("under the reference", () => {
      let reference: AgentConnection;

      beforeAll(async () => {
        const other = guest.agentNamed("reference");
        await other.start();
        await other.opened();
        reference = await other.connect();
        await reference.sync();
      });

      afterAll(async () => {
        await reference.close();
        await guest.agentNamed("reference").stop();
      });

      /** Asks for something and a ping; what comes within a while is what the row says. */
      const ask = async (command: string): Promise<string> => {
        await reference.sendRequest(command);
        await reference.sendRequest("guest-ping");
        try {
          const reply = await reference.line(3_000);
          expect(await reference.line()).toBe(returned({}));
          const paths = [...reply.matchAll(/"mountpoint": "([^"]+)"/g)].map(([, path]) => path);
          expect(paths.toSorted()).toEqual(["/hung", "/sound"]);
          return "answers, with all file systems";
        } catch (error) {
          if (!(error instanceof DeadlineError)) throw error;
        }
        await resume();
        await reference.line();
        expect(await reference.line()).toBe(returned({}));
        return "does not answer, whatever is asked, until the disk does";
      };

      test(`guest-fsfreeze-freeze: ${suspendedDiskFaults.freeze.reference}`, async () => {
        await dirty();
        await suspend();
        expect(await ask("guest-fsfreeze-freeze")).toBe(suspendedDiskFaults.freeze.reference);
        await suspend();
        expect(await ask("guest-fsfreeze-thaw")).toBe(suspendedDiskFaults.thaw.reference);
      });

      test(`guest-fstrim: ${suspendedDiskFaults.trim.reference}`, async () => {
        await guest.text(
          "dd if=/dev/zero of=/hung/big bs=1M count=8 2>/dev/null; sync; rm /hung/big; sync",
        );
        await suspend();
        expect(await ask("guest-fstrim")).toBe(suspendedDiskFaults.trim.reference);
      });

      test(`guest-get-fsinfo: ${suspendedDiskFaults.fsinfo.reference}`, async () => {
        await suspend();
        expect(await ask("guest-get-fsinfo")).toBe(suspendedDiskFaults.fsinfo.reference);
      });
    });
  });

  describe("a freeze with a lease", () => {
    const shortSeconds = 4;
    const longSeconds = 600;

    test("ends by itself, and the next thaw is told so once", async () => {
      expect(await freeze(shortSeconds)).toBe(returned(2));
      expect(await status()).toBe("frozen");
      await writers.isStuck(await writers.write("/hung/w"));
      await writers.ended(1);
      await writers.until("grep -q thaw /run/hook-calls");
      expect(await status()).toBe("thawed");
      expect(await thaw()).toBe(endedByItself(shortSeconds));
      expect(await thaw()).toBe(returned(0));
    });

    test("does not end by itself once it is thawed", async () => {
      expect(await freeze(shortSeconds)).toBe(returned(2));
      expect(await thaw()).toBe(returned(2));
      expect(await freeze()).toBe(returned(2));
      await writers.isStuck(await writers.write("/hung/w"));
      await guest.text(`sleep ${shortSeconds + 3}`);
      expect(await status()).toBe("frozen");
      expect(await thaw()).toBe(returned(2));
    });

    test("ends also when the agent was killed, and the next agent says so", async () => {
      expect(await freeze(shortSeconds)).toBe(returned(2));
      await writers.isStuck(await writers.write("/hung/w"));
      await kill();
      await writers.ended(1);
      await noStandIns();
      expect(await hookCalls()).toBe("freeze thaw");
      expect(await guest.text("ls /run/qga.state.isfrozen 2>/dev/null || true")).toBe("");
      await start();
      expect(await status()).toBe("thawed");
      expect(await thaw()).toBe(endedByItself(shortSeconds));
      expect(await thaw()).toBe(returned(0));
    });

    test("ends also when the agent was killed and started again", async () => {
      expect(await freeze(shortSeconds * 3)).toBe(returned(2));
      await kill();
      await start();
      expect(await status()).toBe("frozen");
      await writers.isStuck(await writers.write("/hung/w"));
      await writers.ended(1);
      await noStandIns();
      expect(await thaw()).toBe(endedByItself(shortSeconds * 3));
    });

    test("ends also when the agent is stopped", async () => {
      expect(await freeze(shortSeconds)).toBe(returned(2));
      await writers.isStuck(await writers.write("/hung/w"));
      await guest.agent.process.signal("STOP");
      await writers.ended(1);
      await guest.agent.process.signal("CONT");
      expect(await thaw()).toBe(endedByItself(shortSeconds));
      expect(await thaw()).toBe(returned(0));
    });

    test("leaves a later freeze of the next agent alone", async () => {
      expect(await freeze(shortSeconds * 4)).toBe(returned(2));
      await kill();
      await writers.until(`[ $(${listStandIns} | wc -l) -eq 1 ]`);
      const [guardian] = await standIns();
      await guest.text(`kill -STOP ${guardian}`);
      await start();
      expect(await thaw()).toBe(returned(2));
      expect(await freeze()).toBe(returned(2));
      await guest.text(`sleep ${shortSeconds * 4}`);
      await guest.text(`kill -CONT ${guardian}`);
      await writers.until(`[ ! -d /proc/${guardian} ]`);
      await writers.isStuck(await writers.write("/hung/w"));
      expect(await status()).toBe("frozen");
      expect(await thaw()).toBe(returned(2));
    });

    test("is let go by its guardian when the next agent thaws", async () => {
      expect(await freeze(longSeconds)).toBe(returned(2));
      await kill();
      await start();
      expect(await thaw()).toBe(returned(2));
      await noStandIns();
      await canWrite("/hung/w", "/sound/w");
    });

    test("ends with the agent, when that is asked to", async () => {
      expect(await freeze(longSeconds)).toBe(returned(2));
      await writers.isStuck(await writers.write("/hung/w"));
      await guest.agent.process.signal("TERM");
      expect(await guest.agent.exitStatus()).toBe(0);
      await writers.ended(1);
      expect(await hookCalls()).toBe("freeze thaw");
      await start();
      expect(await status()).toBe("thawed");
      expect(await thaw()).toMatch(/the freeze ended by itself after \d{1,2} s/);
    });

    test("ends with its guardian, when the agent is gone and that is asked to", async () => {
      expect(await freeze(longSeconds)).toBe(returned(2));
      await writers.isStuck(await writers.write("/hung/w"));
      await kill();
      await guest.text(`kill -TERM $(${listStandIns})`);
      await writers.ended(1);
      await noStandIns();
      await start();
      // Long before its time.
      expect(await thaw()).toMatch(/the freeze ended by itself after \d{1,2} s/);
    });
  });

  describe("a freeze without a lease", () => {
    test("lasts when the agent is killed, and nobody is left who could end it", async () => {
      expect(await freeze()).toBe(returned(2));
      await kill();
      await noStandIns();
      await writers.isStuck(await writers.write("/hung/w"));
      await start();
      expect(await status()).toBe("frozen");
      expect(await thaw()).toBe(returned(2));
      await writers.ended(1);
    });

    test("can be thawed when the processes for it were killed", async () => {
      expect(await freeze()).toBe(returned(2));
      await guest.text(`kill -KILL $(${listStandIns})`);
      await noStandIns();
      expect(await thaw()).toBe(returned(2));
      await canWrite("/hung/w", "/sound/w");
    });
  });
});
