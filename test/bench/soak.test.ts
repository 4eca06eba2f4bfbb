import { describe, expect, test } from "bun:test";
import { habits } from "../../bench/soak/habits.ts";
import { slopeOf, soakPage } from "../../bench/soak/page.ts";
import { soakPlot } from "../../bench/soak/plot.ts";
import { type Sample, slope } from "../../bench/soak/sample.ts";
import type { SoakResult, SoakSeries } from "../../bench/soak/soak.ts";
import { commandNamed } from "../../src/commands/registry.ts";

/** An hour; grows by 10 KiB a minute once it is warm, after a start that grows much faster. */
function growing(name: string): SoakSeries {
  const samples = Array.from({ length: 61 }, (_, minute): Sample => {
    const anonymousKiB = minute < 20 ? 1000 * minute : 20_000 + 10 * minute;
    return {
      seconds: 60 * minute,
      requests: 100 * minute,
      residentKiB: 30_000 + anonymousKiB,
      anonymousKiB,
      descriptors: 7 + (minute % 2),
      threads: 3,
      logLines: 2 * minute,
      cpuTicks: minute,
    };
  });
  return { name, version: `${name} 1.0`, refusals: 5, samples };
}

const result: SoakResult = {
  plan: { minutes: 60, speed: 10, sampleSeconds: 60 },
  host: {
    cpu: "CPU",
    cpuCount: 2,
    memoryBytes: 1024 ** 3,
    kernel: "6.1",
    machine: "x86_64",
    loadBefore: 1,
    loadAfter: 2,
  },
  startedAt: "2026-01-02T03:04:05.000Z",
  isSystemLogCounted: true,
  agents: [growing("guestwire"), growing("qemu-ga")],
};

describe("a soak", () => {
  test("asks for nothing but commands that there are", () => {
    const commands = habits.flatMap(({ rounds }) => rounds.flatMap(({ calls }) => calls));
    expect(commands.length).toBeGreaterThan(10);
    for (const { command } of commands) expect(commandNamed(command)?.name).toBe(command);
  });

  test("tells a slope by least squares", () => {
    expect(
      slope([
        [0, 1],
        [1, 3],
        [2, 5],
      ]),
    ).toBe(2);
    // The middle one misses the line by 3, which moves the line and does not turn it.
    expect(
      slope([
        [0, 0],
        [1, 4],
        [2, 2],
      ]),
    ).toBe(1);
    expect(slope([[5, 7]])).toBe(0);
  });

  test("counts growth once it is warm, in bytes an hour", () => {
    expect(Math.round(slopeOf(growing("x"), "anonymousKiB"))).toBe(10 * 60 * 1024);
  });

  test("makes a page with the figures of each agent", () => {
    const page = soakPage(result);
    expect(page).toContain("| requests answered | 6000 | 6000 |");
    expect(page).toContain("| slope of anonymous memory | +600 KiB/h | +600 KiB/h |");
    expect(page).toContain("| descriptors: least, most, at the end | 7, 8, 7 | 7, 8, 7 |");
    // An hour of polling ten times as fast.
    expect(page).toContain("| log lines an hour | 12.0 | 12.0 |");
    expect(page).toContain("| CPU time a request | 100 µs | 100 µs |");
    expect(page).toContain("| Proxmox VE | for each call, guest-sync-delimited | 10 s |");
  });

  test("makes a drawing with a line for each agent in each panel, all within it", () => {
    const plot = soakPlot(result);
    const lines = [...plot.matchAll(/<polyline points="([^"]*)"/g)].map(
      ([, points = ""]) => points,
    );
    expect(lines).toHaveLength(3 * 2);
    const [, width, height] = /viewBox="0 0 (\d+) (\d+)"/.exec(plot) ?? [];
    for (const [x = Number.NaN, y = Number.NaN] of lines.flatMap((points) =>
      points.split(" ").map((point) => point.split(",").map(Number)),
    )) {
      expect(x >= 0 && x <= Number(width) && y >= 0 && y <= Number(height)).toBe(true);
    }
  });
});
