import { describe, expect, test } from "bun:test";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freezePlanUsage, printFreezePlan } from "../../src/cli/freeze-plan.ts";
import { freezePlanText } from "../../src/cli/freeze-plan-text.ts";
import { type FreezePlan, freezePlan } from "../../src/linux/freeze-plan.ts";
import { Scratch } from "../agent/scratch.ts";

/** A recorded guest: lines of its mountinfo, and the files that loop devices are made of, by the device's number. */
function planOf(
  lines: readonly string[],
  loops: Readonly<Record<string, string>> = {},
): FreezePlan {
  using scratch = new Scratch();
  mkdirSync(scratch.file("proc/self"), { recursive: true });
  writeFileSync(scratch.file("proc/self/mountinfo"), lines.map((line) => `${line}\n`).join(""));
  mkdirSync(scratch.file("sys/dev/block"), { recursive: true });
  for (const [number, file] of Object.entries(loops)) {
    const name = `loop${number.split(":")[1]}`;
    const folder = scratch.file(`sys/devices/virtual/block/${name}`);
    mkdirSync(join(folder, "loop"), { recursive: true });
    writeFileSync(join(folder, "loop/backing_file"), `${file}\n`);
    symlinkSync(`../../devices/virtual/block/${name}`, scratch.file(`sys/dev/block/${number}`));
  }
  return freezePlan(scratch.path);
}

const rootLine = "20 1 8:1 / / rw - ext4 /dev/sda1 rw";

describe("the plan of a freeze", () => {
  test("has the file systems on disks in the order of freezing, with what is known of them", () => {
    const plan = planOf(
      [
        rootLine,
        "21 20 8:2 / /data ro - xfs /dev/sdb ro",
        "22 20 7:0 / /loop rw - ext4 /dev/loop0 rw",
        "23 20 8:2 /sub /srv/a\\040b rw - xfs /dev/sdb ro",
      ],
      { "7:0": "/images/loop.img" },
    );
    expect(plan.leftOut).toEqual([]);
    expect(plan.frozen).toEqual([
      {
        mountPoint: "/loop",
        device: "7:0",
        type: "ext4",
        source: "/dev/loop0",
        otherMountPoints: [],
        isReadOnly: false,
        liesIn: [{ file: "/images/loop.img", mountPoint: "/" }],
        isHidden: false,
      },
      {
        mountPoint: "/data",
        device: "8:2",
        type: "xfs",
        source: "/dev/sdb",
        otherMountPoints: ["/srv/a b"],
        isReadOnly: true,
        liesIn: [],
        isHidden: false,
      },
      expect.objectContaining({ mountPoint: "/", liesIn: [], isHidden: false }),
    ]);
  });

  test("says of everything else why it is left out", () => {
    const { frozen, leftOut } = planOf([
      rootLine,
      "21 20 0:5 / /proc rw - proc proc rw",
      "22 20 0:6 / /run rw - tmpfs tmpfs rw",
      "23 20 0:7 / /net rw - nfs4 server:/x rw",
      "24 20 0:8 / /remote rw - fuse.sshfs x rw",
      "25 20 8:9 / /usb rw - fuseblk /dev/sdc1 rw",
      "26 20 0:9 / /var/lib/docker/merged rw - overlay overlay rw",
      "27 20 7:1 / /snap/core ro - squashfs /dev/loop1 ro",
      "28 20 8:3 / /boot/efi rw - vfat /dev/sda3 rw",
      "29 20 0:10 / /tank rw - zfs tank rw",
      "30 20 0:11 / /odd rw - novelfs x rw",
      "31 20 8:4 / /twice rw - ext4 /dev/sda4 rw",
      "32 31 8:5 / /twice rw - ext4 /dev/sda5 rw",
    ]);
    expect(frozen.map(({ device }) => device)).toEqual(["8:5", "8:1"]);
    expect(leftOut.map(({ mountPoint, reason }) => [mountPoint, reason])).toEqual([
      ["/usb", "fuse"],
      ["/snap/core", "never-written"],
      ["/boot/efi", "cannot-freeze"],
      ["/twice", "covered"],
      ["/proc", "kernel-interface"],
      ["/run", "memory"],
      ["/net", "network"],
      ["/remote", "fuse"],
      ["/var/lib/docker/merged", "overlay"],
      ["/tank", "cannot-freeze"],
      ["/odd", "no-device"],
    ]);
  });

  test("sees what no path leads to, whatever the order of the lines, and what another mount leads to", () => {
    const hidden = (lines: readonly string[]) =>
      planOf([rootLine, ...lines])
        .frozen.filter(({ isHidden }) => isHidden)
        .map(({ mountPoint }) => mountPoint);
    const inside = "30 20 8:2 / /a/in rw - ext4 /dev/sdb rw";
    const below = "31 30 8:3 / /a/in/deep rw - ext4 /dev/sdc rw";
    const over = "32 20 0:50 / /a rw - tmpfs tmpfs rw";
    expect(hidden([inside, below])).toEqual([]);
    expect(hidden([inside, below, over]).sort()).toEqual(["/a/in", "/a/in/deep"]);
    expect(hidden([over, below, inside]).sort()).toEqual(["/a/in", "/a/in/deep"]);
    // Mounted on what is mounted over the folder.
    expect(hidden([over, "33 32 8:2 / /a/in rw - ext4 /dev/sdb rw"])).toEqual([]);
    expect(hidden([inside, over, "33 20 8:2 / /b rw - ext4 /dev/sdb rw"])).toEqual([]);
    expect(hidden([inside, "34 20 0:50 / /a/i rw - tmpfs tmpfs rw"])).toEqual([]);
  });

  test("is a table for people, in which no path can move the cursor", () => {
    const plan = planOf(
      [
        rootLine,
        "21 20 7:0 / /l\\033[2J rw - ext4 /dev/loop0 rw",
        "22 20 0:5 / /proc rw - proc proc rw",
        "23 20 0:6 / /run rw - tmpfs tmpfs rw",
      ],
      { "7:0": "/loop.img" },
    );
    expect(freezePlanText(plan)).toBe(`A freeze would freeze, in this order:
 1  /l\ufffd[2J  ext4   /dev/loop0  lies in /loop.img, so before /
 2  /       ext4   /dev/sda1

and leave out:
    /run    tmpfs  tmpfs       lies in memory
    and what the kernel shows as files, such as /proc (1)
`);
    expect(freezePlanText({ frozen: [], leftOut: [] })).toBe(
      "Nothing would be frozen: no file system that can be is on a disk.\n",
    );
  });
});

describe("guestwire freeze-plan", () => {
  async function run(...args: string[]) {
    const said = { stdout: "", stderr: "" };
    const code = await printFreezePlan(args, {
      stdout: (text) => {
        said.stdout += text;
      },
      stderr: (text) => {
        said.stderr += text;
      },
    });
    return { code, ...said };
  }

  test("tells of this machine, as a table or as JSON", async () => {
    const { code, stdout } = await run("--json");
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual(freezePlan(""));
    expect((await run()).stdout).toBe(freezePlanText(freezePlan("")));
  });

  test("explains itself, and refuses what it does not know", async () => {
    expect(await run("--help")).toEqual({ code: 0, stdout: freezePlanUsage, stderr: "" });
    const { code, stderr } = await run("--now");
    expect(code).toBe(125);
    expect(stderr).toContain("guestwire freeze-plan: Unknown option '--now'");
    expect((await run("/mnt")).code).toBe(125);
  });
});
