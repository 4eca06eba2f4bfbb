/** What is shown of a guest fits, whatever the guest tells and however large the terminal is. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { draw, type Screen } from "../../../src/client/watch/draw.ts";
import { cut, guestText, painted } from "../../../src/client/watch/drawing-line.ts";
import { figuresOf } from "../../../src/client/watch/figures.ts";
import { bar, sparkline } from "../../../src/client/watch/gauges.ts";
import type { Sample } from "../../../src/client/watch/sample.ts";
import { sharesOf } from "../../../src/client/watch/table.ts";
import type { Standing, Watched } from "../../../src/client/watch/watcher.ts";
import { disk, networkInterface, processor, sample, summary, told } from "./samples.ts";

const wide: Screen = {
  width: 100,
  height: Number.POSITIVE_INFINITY,
  characters: "unicode",
  withHistory: false,
};

const answers: Standing = { kind: "answers", tookMs: 5 };

function watchedOf(samples: readonly [Sample, Sample], standing = answers): Watched {
  return {
    timeMs: 0,
    standing,
    figures: figuresOf(...samples),
    elapsedMs: 1000,
    history: { busyPercent: [null, 0, 50, 100], received: [null, 1, 2, 3], sent: [0, 0, 0, 0] },
    lacking: [],
    refusals: [],
  };
}

function shown(
  watched: Watched | null,
  screen: Partial<Screen> = {},
  scene: object = {},
): string[] {
  const whole = { target: "web", watched, intervalMs: 2000, waitingMs: null, isPaused: false };
  return draw({ ...whole, ...scene }, { ...wide, ...screen }).map((line) =>
    painted(line, false).trimEnd(),
  );
}

const samples: [Sample, Sample] = [
  sample({
    processors: told(0, [processor(0, {}), processor(1, {})]),
    disks: told(0, [disk("vda", {}), disk("vda1", {}), disk("nvme0n1", {})]),
    interfaces: told(0, [networkInterface("lo", 0n), networkInterface("eth0", 0n)]),
  }),
  sample({
    summary: told(1000, summary(90_061_000n)),
    processors: told(1000, [
      processor(0, { user: 500n, idle: 500n }),
      processor(1, { system: 1000n }),
    ]),
    disks: told(1000, [
      disk("vda", { "read-ios": 9n, "read-sectors": 1n }),
      disk("vda1", { "read-ios": 9n }),
      disk("nvme0n1", { "write-ios": 1n }),
      disk("nvme0n1p2", { "write-ios": 1n }),
      disk("loop0", { "read-ios": 0n, "write-ios": 0n }),
    ]),
    interfaces: told(1000, [networkInterface("lo", 7n), networkInterface("eth0", 2048n)]),
    fileSystems: told(1000, [
      {
        name: "vda1",
        mountpoint: "/srv/\u001b[31mred",
        type: "ext4",
        "used-bytes": 10n,
        "total-bytes": 20n,
        disk: [],
      },
    ]),
  }),
];

describe("what is shown", () => {
  test("of a guest whose agent tells all", () => {
    const lines = shown(watchedOf(samples));
    expect(lines[0]).toMatch(
      /^web {2}\d\d:00:00 {2}up 1 d 01:01:01 {2}load 0\.10 0\.20 0\.30 {2}1 of 90 threads run {2}every 2 s$/,
    );
    expect(lines.slice(1)).toEqual([
      "CPU      [|||||||||||||||||||||||       ]  75.0%  user  25%  system  50%  iowait   0%  steal   0%",
      "   0 [|||||     ]  50%     1 [||||||||||] 100%",
      "Memory   [|||||||||||||||||||||||       ]  75.0%  250 B of 1000 B available, 150 B cached",
      "Swap     [||||||||                      ]  25.0%  75 B of 100 B free",
      "Network  in     2.0 KiB/s  out    1.0 KiB/s",
      "Pressure cpu 1.5%  io 1.5% (all 0.3%)  memory 1.5%  waited in the last 10 s",
      "Failed   broken.service",
      "",
      "INTERFACE                             RECEIVED          SENT  PACKETS IN       OUT    LOST",
      "lo                                       7 B/s         3 B/s         0.0       0.0     0.0",
      "eth0                                 2.0 KiB/s     1.0 KiB/s          20        10     0.0",
      "",
      "DISK                                      READ       WRITTEN       READS    WRITES    BUSY",
      "vda                                          -             -           -         -       -",
      "nvme0n1                                      -             -           -         -       -",
      "",
      "MOUNTED ON                                USED          SIZE    USE",
      "/srv/\\u001b[31mred                        10 B          20 B    50%  [|||||     ]",
    ]);
  });

  test("before the agent has answered, and when it does not", () => {
    expect(shown(null)).toEqual(["web  every 2 s", "Looking ..."]);
    const gone = { kind: "absent", why: "Cannot connect to \u001b[2J" } as const;
    const nothing = { ...watchedOf(samples, gone), figures: null };
    expect(shown(nothing)[1]).toBe("The agent is absent: Cannot connect to \\u001b[2J");
    // What was known stays.
    const lines = shown(watchedOf(samples, gone));
    expect(lines[1]).toStartWith("The agent is absent");
    expect(lines[2]).toStartWith("CPU ");
  });

  test("of an agent that is slow, silent, paused, or keeps things for itself", () => {
    const slow = watchedOf(samples, { kind: "answers", tookMs: 2500 });
    expect(shown(slow)[1]).toBe("The agent is slow: it took 2.5 s");
    const waiting = shown(watchedOf(samples), {}, { waitingMs: 3000 });
    expect(waiting[1]).toBe("Waiting for an answer for 3.0 s");
    expect(shown(watchedOf(samples), {}, { isPaused: true })[0]).toEndWith("  paused");
    const silent = { kind: "silent", why: "The agent did not answer in time" } as const;
    expect(shown(watchedOf(samples, silent))[1]).toStartWith("The agent is silent: The agent did");
    const lacking = { ...watchedOf(samples), lacking: ["guest-get-fsinfo"] as const };
    expect(shown(lacking)).toContain("Note     this agent does not tell file systems");
  });

  test("tables have their share of the lines, and say what is not shown", () => {
    const many = Array.from({ length: 30 }, (_, index) => networkInterface(`eth${index}`, 0n));
    const watched = watchedOf([
      { ...samples[0], interfaces: told(0, many) },
      { ...samples[1], interfaces: told(1000, many) },
    ]);
    const lines = shown(watched, { height: 24 });
    expect(lines).toHaveLength(24);
    expect(lines).toContain("24 more");
    expect(lines.at(-1)).toContain("[|||||     ]");
  });

  test("colours are for terminals that want them", () => {
    const [, line = []] = draw(
      {
        target: "web",
        watched: watchedOf(samples),
        intervalMs: 2000,
        waitingMs: null,
        isPaused: false,
      },
      wide,
    );
    expect(painted(line, true)).toContain("\u001b[33m|||");
    expect(painted(line, false)).not.toContain("\u001b");
  });
});

/** What a terminal would obey, in which a guest may have put its names. */
const obeyed = /[\p{Cc}\p{Cs}\u200b-\u200f\u2028-\u202e\u2060-\u206f]/u;

const name = fc.oneof(
  fc.string({ unit: "binary", maxLength: 200 }),
  fc.constantFrom(
    "日本語のディスク",
    "👨‍👩‍👧👨‍👩‍👧",
    "a\u0301".repeat(50),
    "\u001b[2J",
    "x".repeat(9999),
  ),
);
const number = fc.oneof(fc.bigInt({ min: 0n, max: 2n ** 64n }), fc.constant(10n ** 308n));

const anySample = fc
  .record({
    names: fc.array(name, { maxLength: 40 }),
    count: number,
    processors: fc.integer({ min: 0, max: 200 }),
    refusals: fc.array(name, { maxLength: 3 }),
    hasSummary: fc.boolean(),
  })
  .map(({ names, count, processors, refusals, hasSummary }) =>
    sample({
      summary: hasSummary
        ? told(0, { ...summary(count), "failed-units": names, load: [count, -count] })
        : null,
      processors: told(
        0,
        Array.from({ length: processors }, (_, index) => processor(index, { user: count })),
      ),
      disks: told(
        0,
        names.map((each) => disk(each, { "read-ios": count, "read-sectors": count })),
      ),
      interfaces: told(
        0,
        names.map((each) => networkInterface(each, count)),
      ),
      fileSystems: told(
        0,
        names.map((each) => ({
          name: each,
          mountpoint: each,
          type: each,
          "used-bytes": count,
          "total-bytes": count / 2n,
          disk: [],
        })),
      ),
      refusals,
    }),
  );

test("whatever a guest tells, it fits, and nothing is obeyed by the terminal", () => {
  fc.assert(
    fc.property(
      anySample,
      anySample,
      fc.integer({ min: 1, max: 300 }),
      fc.integer({ min: 1, max: 100 }),
      fc.boolean(),
      name,
      (before, now, width, height, withHistory, target) => {
        const later = { ...now, interfaces: told(1, now.interfaces?.value ?? []) };
        const watched = { ...watchedOf([before, later]), refusals: now.refusals };
        const lines = shown(watched, { width, height, withHistory }, { target });
        expect(lines.length).toBeLessThanOrEqual(height);
        for (const line of lines) {
          expect(Bun.stringWidth(line)).toBeLessThanOrEqual(width);
          expect(line).not.toMatch(obeyed);
        }
      },
    ),
    // Making a smaller one of so much takes minutes.
    { endOnFailure: true },
  );
});

test("texts are cut between characters, by the columns they take", () => {
  expect(cut("日本語", 5)).toBe("日本");
  expect(cut("e\u0301e\u0301", 1)).toBe("e\u0301");
  expect(guestText("日本", 5)).toBe("日本 ");
  expect(guestText("a\u009bb", 20, "right")).toBe(`${" ".repeat(12)}a\\u009bb`);
  fc.assert(
    fc.property(name, fc.nat(50), (text, width) => {
      expect(Bun.stringWidth(guestText(text, width))).toBe(width);
    }),
  );
});

test("bars are as wide as they are told, and sparklines, too", () => {
  const textOf = (percent: number | null, width: number) =>
    bar(percent, width)
      .map(({ text }) => text)
      .join("");
  expect(textOf(50, 12)).toBe("[|||||     ]");
  expect(textOf(null, 6)).toBe("[    ]");
  expect(textOf(100, 4)).toBe("[||]");
  expect(sparkline([null, 0, 1, 50, 100], 7, 100, "unicode")).toBe("    ▁▄█");
  expect(sparkline([0, 2, 4], 2, null, "ascii")).toBe("=@");
  expect(sparkline([1, 2], 0, null, "ascii")).toBe("");
});

test("room is divided so that all of it is used where it is needed", () => {
  expect(sharesOf([3, 10, 10], 15)).toEqual([3, 6, 6]);
  expect(sharesOf([3, 4], Number.POSITIVE_INFINITY)).toEqual([3, 4]);
  expect(sharesOf([5, 5], -3)).toEqual([0, 0]);
});
