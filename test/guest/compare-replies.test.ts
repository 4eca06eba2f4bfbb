import { describe, expect, test } from "bun:test";
import { compareReplies, type Json, type Tolerance } from "./compare-replies.ts";

/** The reference says the same before and after, unless `after` is given. */
function paths(before: Json, own: Json, tolerance?: Tolerance, after = before): string[] {
  return compareReplies({ before, own, after }, tolerance).map(({ path }) => path);
}

describe("comparing replies", () => {
  test("equal ones do not deviate", () => {
    for (const value of [null, true, 7, "text", [], {}, [{ name: "a", list: [1, "b"] }]]) {
      expect(paths(value, value)).toEqual([]);
    }
  });

  test("a deviation is told with its path and both values", () => {
    const before = [{ name: "a", address: { unit: 1 } }];
    const own = [{ name: "a", address: { unit: 2 } }];
    expect(compareReplies({ before, own, after: before })).toEqual([
      { path: "[a].address.unit", reference: 1, own: 2 },
    ]);
  });

  test("what only one of them has is told as absent in the other", () => {
    expect(compareReplies({ before: { a: 1 }, own: { b: null }, after: { a: 1 } })).toEqual([
      { path: ".a", reference: 1, own: undefined },
      { path: ".b", reference: undefined, own: null },
    ]);
    expect(paths([{ name: "a" }], [])).toEqual(["[a]"]);
    expect(paths([], [{ name: "a" }])).toEqual(["[a]"]);
  });

  test("types count", () => {
    expect(paths({ a: 1, b: "1", c: [], d: null }, { a: "1", b: 1, c: {}, d: false })).toEqual([
      ".a",
      ".b",
      ".c",
      ".d",
    ]);
  });

  test("the order of a list counts unless it says nothing", () => {
    const before = { disks: [{ name: "a" }, { name: "b" }] };
    const own = { disks: [{ name: "b" }, { name: "a" }] };
    expect(paths(before, own)).toEqual([".disks order"]);
    expect(paths(before, own, { unordered: [".disks"] })).toEqual([]);
    expect(paths([["x", "y"]], [["y", "x"]], { unordered: ["[*]"] })).toEqual([]);
  });

  test("elements that come twice are two", () => {
    expect(paths([{ dev: "a" }, { dev: "a" }], [{ dev: "a" }])).toEqual(["[a#2]"]);
    expect(paths(["a", "a"], ["a", "a"])).toEqual([]);
  });

  test("a number that moves has to be between what the reference saw", () => {
    expect(paths({ n: 1 }, { n: 2 }, {}, { n: 3 })).toEqual([]);
    expect(paths({ n: 1 }, { n: 4 }, {}, { n: 3 })).toEqual([".n"]);
    expect(paths({ n: 1 }, { n: 0 }, {}, { n: 3 })).toEqual([".n"]);
  });

  test("a gauge has to be a number, whichever", () => {
    const tolerance = { gauges: ["[*].n"] };
    expect(paths([{ name: "a", n: 1 }], [{ name: "a", n: 9 }], tolerance)).toEqual([]);
    expect(paths([{ name: "a", n: 1 }], [{ name: "a", n: "9" }], tolerance)).toEqual(["[a].n"]);
    expect(paths([{ name: "a", n: 1 }], [{ name: "a" }], tolerance)).toEqual(["[a].n"]);
    expect(paths([{ name: "a", m: 1 }], [{ name: "a", m: 9 }], tolerance)).toEqual(["[a].m"]);
  });
});
