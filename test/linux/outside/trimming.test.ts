/** Nothing here is trimmed: shell scripts say that they have. test/guest does it for real. */
import { expect, test } from "bun:test";
import type { SysError } from "../../../native/errno.ts";
import type { FileSystem } from "../../../src/linux/mounts.ts";
import { Deadline } from "../../../src/linux/outside/deadline.ts";
import { Trimming, type TrimOutcome } from "../../../src/linux/outside/trimming.ts";
import { Scratch } from "../../agent/scratch.ts";
import { settled } from "../../native/settled.ts";
import { FakeStandIn } from "./fake-stand-in.ts";

let lastMinor = 1000;

/** Each of a device of its own, since what is not done is remembered. */
function fileSystem(mountPoint: string): FileSystem {
  lastMinor++;
  const mount = { major: 240, minor: lastMinor, mountPoint, type: "ext4", source: "/dev/x" };
  return { ...mount, mounts: [mount] };
}

function trim(
  program: readonly string[],
  systems: readonly FileSystem[],
  seconds: number,
  minimumBytes = 0n,
): Promise<TrimOutcome[]> {
  return settled((reactor) =>
    new Trimming(reactor, { program, root: "" }, new Deadline(seconds)).trim(systems, minimumBytes),
  );
}

/** What is said of a file system with the mount point that is the sixth word behind the minimum. */
const answers = `set -- $rest; case "$6" in
  /sound) echo "trimmed 4096 $1" ;;
  /covered) echo covered ;;
  /old) echo support ;;
  /gone) echo failed open 2 ;;
  /broken) echo failed trim 5 ;;
  /slow) sleep 1; echo trimmed 1 1 ;;
  /deadly) kill -KILL $$ ;;
  esac`;

function described(outcome: TrimOutcome): unknown {
  if (!("cause" in outcome)) return outcome;
  return [outcome.failed, (outcome.cause as SysError).code ?? outcome.cause.text];
}

test("each file system has its own outcome, in their order", async () => {
  using scratch = new Scratch();
  const fake = new FakeStandIn(scratch, { trim: answers });
  const paths = ["/sound", "/covered", "/old", "/gone", "/broken", "/sound"];
  const outcomes = await trim(fake.program, paths.map(fileSystem), 8, 2n ** 64n - 1n);
  expect(outcomes.map(described)).toEqual([
    { trimmedBytes: 4096n, minimumBytes: 2n ** 64n - 1n },
    { failed: "covered" },
    { failed: "support" },
    ["open", "ENOENT"],
    ["trim", "EIO"],
    { trimmedBytes: 4096n, minimumBytes: 2n ** 64n - 1n },
  ]);
  expect(fake.orders.filter((order) => order === "done")).toHaveLength(1);
});

test("what does not end in time is told, and is not asked for again before it has ended", async () => {
  using scratch = new Scratch();
  const fake = new FakeStandIn(scratch, { trim: answers });
  const slow = fileSystem("/slow");
  const first = await trim(fake.program, [slow], 0.2);
  expect(first.map(described)).toEqual([["trim", "no end after 0.2 s"]]);
  await settled(async (reactor) => {
    const options = { program: fake.program, root: "" };
    const again = () => new Trimming(reactor, options, new Deadline(8)).trim([slow], 0n);
    const [refused] = await again();
    expect(described(refused as TrimOutcome)).toEqual(["trim", "an earlier attempt has not ended"]);
  });
});

test("a process that dies costs one outcome, and one that cannot be started too", async () => {
  using scratch = new Scratch();
  const fake = new FakeStandIn(scratch, { trim: answers });
  const outcomes = await trim(fake.program, ["/deadly", "/sound"].map(fileSystem), 8);
  expect(outcomes.map(described)).toEqual([
    ["trim", "the process that was to do it has been ended by signal 9"],
    { trimmedBytes: 4096n, minimumBytes: 0n },
  ]);
  const none = await trim(["/nonexistent"], [fileSystem("/sound")], 8);
  expect(none.map(described)).toEqual([["trim", "ENOENT"]]);
});
