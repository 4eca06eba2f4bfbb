/** Nothing here is frozen: what is thawed are descriptors of which the kernel refuses it. test/guest does it for real. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import type { SysError } from "../../native/errno.ts";
import { Fd } from "../../native/fd.ts";
import { OpenFlag } from "../../native/structs.ts";
import { freezable, mountedAt, thawHeld } from "../../src/linux/freeze.ts";
import { HeldFileSystems } from "../../src/linux/held-file-systems.ts";
import type { FileSystem } from "../../src/linux/mounts.ts";
import { Scratch } from "../agent/scratch.ts";

/** open(2): a descriptor of which ioctl(2) says EBADF. */
const O_PATH = 0o10000000;

function fileSystem(minor: number, mountPoint: string): FileSystem {
  const mount = { major: 240, minor, mountPoint, type: "ext4", source: "/dev/x" };
  return { ...mount, mounts: [mount] };
}

const first = fileSystem(1, "/first");
const second = fileSystem(2, "/second");

describe("what is held", () => {
  let scratch: Scratch;
  let held: HeldFileSystems;

  beforeEach(() => {
    scratch = new Scratch();
    held = new HeldFileSystems();
  });
  afterEach(() => {
    for (const each of held.fileSystems) held.release(each);
    scratch[Symbol.dispose]();
  });

  const hold = (system: FileSystem, flags: number) => {
    const fd = Fd.open("/dev/null", flags);
    held.hold(system, fd);
    return fd;
  };

  test("is let go when it is not frozen any more", () => {
    const fd = hold(first, OpenFlag.O_RDONLY);
    expect(thawHeld(held)).toEqual({ thawedCount: 0, failures: [] });
    expect(fd.closed).toBe(true);
    expect(held.fileSystems).toEqual([]);
  });

  test("stays held when it cannot be thawed, which does not stop the rest", () => {
    const broken = hold(second, O_PATH);
    const sound = hold(first, OpenFlag.O_RDONLY);
    const failing = hold(fileSystem(3, "/third"), O_PATH);
    const { thawedCount, failures } = thawHeld(held);
    expect(thawedCount).toBe(0);
    expect(
      failures.map(({ step, mountPoint, cause }) => [step, mountPoint, (cause as SysError).code]),
    ).toEqual([
      ["thaw", "/third", "EBADF"],
      ["thaw", "/second", "EBADF"],
    ]);
    expect([broken.closed, sound.closed, failing.closed]).toEqual([false, true, false]);
    expect(held.fileSystems.map(({ mountPoint }) => mountPoint)).toEqual(["/third", "/second"]);
  });
});

test("what a process serves is not touched: it cannot be frozen, and might not answer", () => {
  using scratch = new Scratch();
  mkdirSync(scratch.file("proc/self"), { recursive: true });
  writeFileSync(
    scratch.file("proc/self/mountinfo"),
    "30 1 8:1 / / rw - ext4 /dev/a rw\n31 30 8:2 / /usb rw - fuseblk /dev/b rw\n",
  );
  expect(freezable(scratch.path).map(({ mountPoint }) => mountPoint)).toEqual(["/"]);
});

test("file systems are named by any of their mount points, letter by letter", () => {
  const twice = { ...first, mounts: [...first.mounts, { ...first, mountPoint: "/again" }] };
  const named = (...paths: string[]) => mountedAt([twice, second], new Set(paths));
  expect(named("/again", "/first")).toEqual([twice]);
  expect(named("/second/", "second", "")).toEqual([]);
});
