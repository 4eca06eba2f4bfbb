/** The moving picture of the readme: it is made of what is to be seen at a terminal, and moves without scripts. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { recorded, recordingPath } from "../../scripts/record.ts";
import { movingPicture } from "../../scripts/recording/moving-picture.ts";
import type { Recording } from "../../scripts/recording/recorder.ts";
import { missingSystemPrograms, needs } from "../guest/requirements.ts";
import { Agent, needsAgent, noAgent } from "../process/agent.ts";
import { project } from "./markdown.ts";

setDefaultTimeout(60_000);

const missing = missingSystemPrograms(["setsid", "bash"]);

/** What a row showed, one after the other. */
function course(recording: Recording, row: number): string[] {
  return (recording.changes[row] ?? []).map(({ row: runs }) => {
    let text = "";
    for (const run of runs) text = text.padEnd(run.column) + run.text;
    return text;
  });
}

describe.skipIf(noAgent || missing.length > 0)(`a recording${needsAgent}${needs(missing)}`, () => {
  test("has what was typed, what came of it, and programs that take the whole screen", async () => {
    await using agent = await Agent.start();
    const recording = await recorded(agent.socket, [
      { kind: "run", line: "guestwire exec web -- echo hello" },
      { kind: "run-until", line: "guestwire watch web --interval 0.2", ms: 1_000, keys: "q" },
    ]);
    const first = course(recording, 0);
    expect(first[0]).toBe("$");
    expect(first).toContain("$ guestwire exec web -- echo hello");
    expect(first.some((text) => text.startsWith("web  "))).toBe(true);
    // The screen comes back when the program has left.
    expect(first.at(-1)).toBe("$ guestwire exec web -- echo hello");
    expect(course(recording, 1).at(-1)).toBe("hello");
    expect(course(recording, 1).some((text) => text.startsWith("CPU  "))).toBe(true);
    const times = recording.changes.flatMap((row) => row.map(({ atMs }) => atMs));
    expect(Math.max(...times)).toBeLessThanOrEqual(recording.durationMs);
  });
});

test("a picture shows each row when it was to be seen", () => {
  const row = (text: string) => [{ column: 2, text, ink: "green" as const }];
  const svg = movingPicture("A & B", {
    columns: 10,
    rows: 2,
    durationMs: 4_000,
    changes: [
      [
        { atMs: 1_000, row: row("one") },
        { atMs: 3_000, row: row("<2>") },
      ],
      [],
    ],
  });
  expect(svg).toContain("<title>A &amp; B</title>");
  expect(svg).toContain(
    "@keyframes r0{0%{transform:translateX(86px)}25.000%{transform:translateX(0px)}75.000%{transform:translateX(-86px)}100%{transform:translateX(-86px)}}",
  );
  expect(svg).toContain('<text class="green" x="15.6" y="13.5" textLength="23.4">one</text>');
  expect(svg).toContain(
    '<text class="green" x="101.6" y="13.5" textLength="23.4">&lt;2&gt;</text>',
  );
  expect(svg).not.toContain("strip r1");
});

test("the one of the readme asks nothing of a network, and runs nothing", () => {
  const svg = readFileSync(join(project, recordingPath), "utf8");
  expect(readFileSync(join(project, "README.md"), "utf8")).toContain(`](${recordingPath})`);
  expect(svg.replaceAll('xmlns="http://www.w3.org/2000/svg"', "")).not.toMatch(
    /https?:|url\(|href|<script|\son\w+=/,
  );
  expect(svg.length).toBeLessThan(500_000);
});
