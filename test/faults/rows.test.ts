/** The table as a whole; that each row is true is shown by its own test. */
import { expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { allFaults } from "./all.ts";

const project = join(import.meta.dirname, "../..");
const rows = allFaults.flatMap(({ faults }) => faults);

test("no fault stands in the table twice", () => {
  const faults = rows.map(({ fault }) => fault);
  expect(faults.filter((fault, index) => faults.indexOf(fault) !== index)).toEqual([]);
});

test("every row says what both agents do, and which test shows it", () => {
  for (const { fault, ours, reference, shownBy } of rows) {
    expect({ fault, isSaid: ours.length > 3 && reference.length > 3 }).toEqual({
      fault,
      isSaid: true,
    });
    expect({ fault, shownBy: existsSync(join(project, shownBy)) }).toEqual({
      fault,
      shownBy: true,
    });
  }
});
