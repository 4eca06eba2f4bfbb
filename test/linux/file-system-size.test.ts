import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import type { Reactor } from "../../native/reactor.ts";
import { type FileSystemSize, sizeAtOnce, sizesInTime } from "../../src/linux/file-system-size.ts";
import type { Mount } from "../../src/linux/mounts.ts";
import { running } from "../native/running.ts";

const main = join(import.meta.dirname, "../../src/cli/main.ts");
/** This repository's program, as the agent calls itself when it is compiled. */
const guestwire = [process.execPath, main];
/** Never answers; only SIGKILL ends it. */
const dead = ["sh", "-c", "kill -STOP $$"];
const shortMs = 100;
const longMs = 8_000;

let lastMinor = 0;

/** Of a device of its own, since what a device owes is remembered. */
function mount(mountPoint: string): Mount {
  lastMinor += 1;
  return {
    major: 240,
    minor: lastMinor,
    mountPoint,
    type: "fuseblk",
    source: "/dev/x",
  };
}

async function on<T>(ask: (reactor: Reactor) => Promise<T>): Promise<T> {
  const answers: T[] = [];
  await running((reactor) => {
    void ask(reactor).then((answer) => {
      answers.push(answer);
      reactor.stop();
    });
  });
  return answers[0] as T;
}

describe("the size of a mounted file system", () => {
  const root = sizeAtOnce("/") as FileSystemSize;

  test("is what statvfs tells", () => {
    const [blocks, size] = Bun.spawnSync(["stat", "-f", "-c", "%b %S", "/"])
      .stdout.toString()
      .split(" ")
      .map(BigInt);
    expect([root.blocks, root.blockBytes]).toEqual([blocks as bigint, size as bigint]);
    expect(root.freeBlocks).toBeGreaterThan(0n);
    expect(root.availableBlocks).toBeLessThanOrEqual(root.freeBlocks);
  });

  test("is null where there is none", () => {
    expect(sizeAtOnce("/nonexistent")).toBeNull();
  });

  test("is the same from a process of its own", async () => {
    const mounts = [mount("/nonexistent"), mount("/")];
    const [none, size] = await on((reactor) => sizesInTime(reactor, mounts, guestwire, longMs));
    expect(none).toBeNull();
    expect(size).toMatchObject({ blocks: root.blocks, blockBytes: root.blockBytes });
  });

  test("is null when the process cannot be started, and is asked for again", async () => {
    const there = mount("/");
    const ask = (program: readonly string[]) =>
      on((reactor) => sizesInTime(reactor, [there], program, longMs));
    expect(await ask(["/nonexistent/program"])).toEqual([null]);
    expect((await ask(guestwire))[0]?.blocks).toBe(root.blocks);
  });

  test("is null when there is no answer in time, and others get theirs", async () => {
    const [late, inTime] = await on((reactor) =>
      Promise.all([
        sizesInTime(reactor, [mount("/")], dead, shortMs),
        sizesInTime(reactor, [mount("/")], guestwire, longMs),
      ]),
    );
    expect(late).toEqual([null]);
    expect(inTime?.[0]?.blocks).toBe(root.blocks);
  });

  test("is asked for once at a time", async () => {
    const same = mount("/");
    const program = ["sh", "-c", 'echo "1 2 3 4"'];
    const both = await on((reactor) =>
      Promise.all([1, 2].map(() => sizesInTime(reactor, [same], program, longMs))),
    );
    const size = { blockBytes: 1n, blocks: 2n, freeBlocks: 3n, availableBlocks: 4n };
    expect(both).toEqual([[size], [null]]);
    expect(await on((reactor) => sizesInTime(reactor, [same], program, longMs))).toEqual([size]);
  });

  test("is null when the process says something else", async () => {
    const program = ["sh", "-c", "echo 1 2 3"];
    expect(await on((reactor) => sizesInTime(reactor, [mount("/")], program, longMs))).toEqual([
      null,
    ]);
  });

  test("comes in the order of the mounts, however many there are", async () => {
    const mounts = Array.from({ length: 20 }, (_, index) => mount(`/${index}`));
    // The mount point is the last argument, which is $1 behind the subcommand.
    const program = ["sh", "-c", 'echo "1 1 1 $(basename "$1")"'];
    const sizes = await on((reactor) => sizesInTime(reactor, mounts, program, longMs));
    expect(sizes.map((size) => Number(size?.availableBlocks))).toEqual([...mounts.keys()]);
  });
});
