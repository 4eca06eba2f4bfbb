import { describe, expect, test } from "bun:test";
import { ownDifferences } from "../../scripts/own-differences.ts";
import { pages } from "../../scripts/pages.ts";
import { guestDifferences } from "../guest/guest-differences.ts";
import type { Case } from "./case.ts";
import { bigLimits } from "./cases/big-limits.ts";
import { callTopics } from "./cases/command-lines.ts";
import { suites } from "./cases/suites.ts";
import { systemSuites } from "./cases/system.ts";
import { type DifferenceId, differences } from "./differences.ts";
import { processDifferences } from "./habits.ts";

const cases: Case[] = [...suites, ...systemSuites, bigLimits].flatMap(({ cases }) => cases);
const calls = Object.values(callTopics).flat();
/** Held by the live tests, which ask both agents. */
const liveDifferences: DifferenceId[] = ["posix-time-zones"];
const ids = Object.keys(differences) as DifferenceId[];

describe("table of differences", () => {
  test("every entry is held by a test", () => {
    const used = new Set<DifferenceId | undefined>([
      ...cases.map(({ difference }) => difference),
      ...calls.map(({ difference }) => difference),
      ...processDifferences,
      ...liveDifferences,
    ]);
    expect(ids.filter((id) => !used.has(id))).toEqual([]);
  });

  test("every case with a difference expects one, and only those", () => {
    for (const { name, difference, replies, ours } of cases) {
      const differs = ours !== undefined && !Bun.deepEquals(ours, replies);
      expect([name, differs]).toEqual([name, difference !== undefined]);
    }
  });

  test("no two cases of a suite have one name", () => {
    for (const { topic, cases } of [...suites, ...systemSuites]) {
      const names = cases.map(({ name }) => name);
      expect([topic, ...names.filter((name, i) => names.indexOf(name) !== i)]).toEqual([topic]);
    }
  });

  test("the page has a row for each entry", () => {
    const page = pages().get("docs/differences.md") ?? "";
    const headRows = 2;
    const rows = page.match(/^\| /gm)?.length;
    const guestRows = Object.keys(guestDifferences).length;
    expect(rows).toBe(headRows + ids.length + guestRows + ownDifferences.length);
    expect(page).toEndWith("\n");
  });
});
