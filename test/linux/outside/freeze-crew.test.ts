/** Nothing here is frozen: shell scripts say that they have. test/guest does it for real. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import type { SysError } from "../../../native/errno.ts";
import { Fd } from "../../../native/fd.ts";
import type { Reactor } from "../../../native/reactor.ts";
import { OpenFlag } from "../../../native/structs.ts";
import { FreezeFailure } from "../../../src/linux/freeze.ts";
import { HeldFileSystems } from "../../../src/linux/held-file-systems.ts";
import type { FileSystem } from "../../../src/linux/mounts.ts";
import { Deadline } from "../../../src/linux/outside/deadline.ts";
import { FreezeCrew } from "../../../src/linux/outside/freeze-crew.ts";
import { Gone, Overdue, Stuck } from "../../../src/linux/outside/trouble.ts";
import { Scratch } from "../../agent/scratch.ts";
import { settled } from "../../native/settled.ts";
import { FakeStandIn } from "./fake-stand-in.ts";

const long = () => new Deadline(8);
const soon = () => new Deadline(0.1);
const eio = 5;

let lastMinor = 0;

/** Each of a device of its own, since what is stuck is remembered. */
function fileSystem(mountPoint: string): FileSystem {
  lastMinor++;
  const mount = { major: 240, minor: lastMinor, mountPoint, type: "ext4", source: "/dev/x" };
  return { ...mount, mounts: [mount] };
}

describe("a crew", () => {
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

  const opens = "echo opened /dev/null";
  /** The mount point is the fifth word of a file system. */
  const at = (mountPoint: string, then: string, otherwise: string) =>
    `set -- $rest; if [ "$5" = ${mountPoint} ]; then ${then}; else ${otherwise}; fi`;
  const gather = (reactor: Reactor, fake: FakeStandIn) =>
    FreezeCrew.gather(reactor, { program: fake.program, root: scratch.path }, held, long());
  const mountPoints = (systems: readonly FileSystem[]) => systems.map((each) => each.mountPoint);
  const told = (fake: FakeStandIn, order: string) =>
    fake.orders
      .filter((each) => each.startsWith(`${order} `))
      .map((each) =>
        each.split(" ").find((word) => word.startsWith("/") && !word.startsWith("/dev")),
      );

  test("holds everything before it freezes anything, and thaws the other way round", async () => {
    const fake = new FakeStandIn(scratch, {
      open: at("/covered", "echo covered", opens),
      freeze: at("/frozen", "echo passed", "echo frozen"),
      thaw: "echo thawed",
    });
    const all = ["/a", "/covered", "/frozen", "/b"].map(fileSystem);
    await settled(async (reactor) => {
      const crew = await gather(reactor, fake);
      const there = await crew.hold(all, long());
      expect(mountPoints(there)).toEqual(["/a", "/frozen", "/b"]);
      expect(told(fake, "freeze")).toEqual([]);
      expect(await crew.freeze(there, long())).toBe(2);
      expect(mountPoints(held.fileSystems)).toEqual(["/b", "/a"]);
      expect(fake.orders).toContain("confirm");
      expect(await crew.thawHeld(long())).toEqual({ thawedCount: 2, failures: [] });
      expect(told(fake, "thaw")).toEqual(["/b", "/a"]);
      expect(held.fileSystems).toEqual([]);
      await crew.dismiss();
      expect(fake.orders.filter((each) => each === "done")).toHaveLength(2);
    });
  });

  test("holds nothing when one cannot be opened", async () => {
    const fake = new FakeStandIn(scratch, { open: at("/b", `echo failed open ${eio}`, opens) });
    await settled(async (reactor) => {
      const crew = await gather(reactor, fake);
      const failure = await crew.hold(["/a", "/b", "/c"].map(fileSystem), long()).catch((e) => e);
      expect(failure).toBeInstanceOf(FreezeFailure);
      expect([failure.step, failure.mountPoint, failure.cause.code]).toEqual(["open", "/b", "EIO"]);
      expect(held.fileSystems).toEqual([]);
      await crew.dismiss();
    });
  });

  test("gives up a freeze that does not end, has it undone when it does, and thaws the rest meanwhile", async () => {
    const gate = scratch.file("gate");
    Bun.spawnSync(["mkfifo", gate]);
    const fake = new FakeStandIn(scratch, {
      open: opens,
      freeze: at("/stuck", `read -r x <${gate}; echo frozen`, "echo frozen"),
      thaw: "echo thawed",
    });
    const all = ["/a", "/stuck", "/c"].map(fileSystem);
    const [, stuck] = all;
    await settled(async (reactor) => {
      const crew = await gather(reactor, fake);
      const there = await crew.hold(all, long());
      const failure = await crew.freeze(there, soon()).catch((error) => error);
      expect([failure.step, failure.mountPoint, failure.cause]).toEqual([
        "freeze",
        "/stuck",
        new Overdue(0.1),
      ]);
      expect(mountPoints(held.fileSystems)).toEqual(["/a"]);
      expect(await crew.thawHeld(long())).toEqual({ thawedCount: 1, failures: [] });
      await crew.dismiss();
      // Whoever asked for it again would wait, and so would a thaw.
      const next = await gather(reactor, fake);
      const refusal = await next.hold([stuck as FileSystem], long()).catch((error) => error);
      expect([refusal.step, refusal.cause]).toEqual(["freeze", new Stuck()]);
      expect(await next.thawAll((stuck as FileSystem).mounts, long())).toEqual({
        thawedCount: 0,
        failures: [],
      });
      Bun.spawn(["sh", "-c", `echo >${gate}`]);
      const retry = async (): Promise<FileSystem[]> => {
        await reactor.promise<void>((resolve) => reactor.timer(1, () => resolve()));
        return next.hold([stuck as FileSystem], long()).catch(retry);
      };
      expect(mountPoints(await retry())).toEqual(["/stuck"]);
      expect(told(fake, "undo")).toEqual(["/stuck"]);
      await next.dismiss();
    });
  });

  test("thaws also what may have been frozen by one that was killed", async () => {
    const fake = new FakeStandIn(scratch, {
      open: opens,
      freeze: at("/b", "kill -KILL $$", "echo frozen"),
      thaw: "echo thawed",
    });
    await settled(async (reactor) => {
      const crew = await gather(reactor, fake);
      const there = await crew.hold(["/a", "/b", "/c"].map(fileSystem), long());
      const failure = await crew.freeze(there, long()).catch((error) => error);
      expect(failure.cause).toBeInstanceOf(Gone);
      expect((await crew.thawHeld(long())).thawedCount).toBe(2);
      expect(told(fake, "thaw")).toEqual(["/b", "/a"]);
      await crew.dismiss();
    });
  });

  test("has the next one thaw the rest when one does not get it done", async () => {
    const fake = new FakeStandIn(scratch, {
      open: opens,
      freeze: "echo frozen",
      thaw: at("/b", "sleep 3; echo thawed", "echo thawed"),
    });
    await settled(async (reactor) => {
      const crew = await gather(reactor, fake);
      await crew.freeze(await crew.hold(["/a", "/b", "/c"].map(fileSystem), long()), long());
      const { thawedCount, failures } = await crew.thawHeld(soon());
      expect(thawedCount).toBe(2);
      expect(failures.map(({ mountPoint, cause }) => [mountPoint, cause.text])).toEqual([
        ["/b", "no end after 0.1 s"],
      ]);
      expect(mountPoints(held.fileSystems)).toEqual(["/b"]);
      await crew.dismiss();
    });
  });

  test("tells of what cannot be thawed, which does not stop the rest", async () => {
    const fake = new FakeStandIn(scratch, {
      thaw: at("/b", `echo failed thaw ${eio}`, at("/c", "echo failed open 2", "echo thawed")),
    });
    const mounts = ["/a", "/b", "/c"].map(fileSystem);
    await settled(async (reactor) => {
      const crew = await FreezeCrew.late(
        reactor,
        { program: fake.program, root: scratch.path },
        held,
      );
      const { thawedCount, failures } = await crew.thawAll(mounts, long());
      expect(thawedCount).toBe(1);
      expect(
        failures.map(({ mountPoint, cause }) => [mountPoint, (cause as SysError).code]),
      ).toEqual([["/b", "EIO"]]);
      await crew.dismiss();
    });
  });

  test("thaws by the agent itself where no process can be started, through what holds it", async () => {
    mkdirSync(scratch.file("none"));
    writeFileSync(scratch.file("none/x"), "");
    const sound = fileSystem("/sound");
    const broken = fileSystem("/broken");
    held.hold(sound, Fd.open("/dev/null", OpenFlag.O_RDONLY));
    // open(2): of such a descriptor ioctl(2) says EBADF.
    held.hold(broken, Fd.open("/dev/null", 0o10000000));
    await settled(async (reactor) => {
      const crew = await FreezeCrew.late(reactor, { program: ["/nonexistent"], root: "" }, held);
      const { failures } = await crew.thawAll([], long());
      expect(
        failures.map(({ mountPoint, cause }) => [mountPoint, (cause as SysError).code]),
      ).toEqual([["/broken", "EBADF"]]);
      expect(mountPoints(held.fileSystems)).toEqual(["/broken"]);
      await crew.dismiss();
    });
  });
});
