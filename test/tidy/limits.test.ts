import { expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { limits } from "../../scripts/limits.ts";
import { configKeys } from "../../src/agent/config.ts";

const source = join(import.meta.dirname, "../../src");
const rooms = ["agent", "commands", "wire", "linux"];

/** Bounds that change what is done, not what anybody gets: how a thing is cut up, cached or tried. */
const inner: ReadonlySet<string> = new Set([
  ...["readBytesMax", "memberNamesCachedMax", "characterBytesMax", "escapeBytesMax"],
  // When a message counts as a repeat, and what a verifier takes for a line.
  ...["foldedUsMax", "auditLineBytesMax"],
  // What the parent of a daemon hears of its start.
  "reportBytesMax",
]);

function exportedBounds(): string[] {
  return rooms.flatMap((room) =>
    readdirSync(join(source, room), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".ts"))
      .flatMap((name) => [
        ...readFileSync(join(source, room, name), "utf8").matchAll(/^export const (\w+Max)\b/gm),
      ])
      .map(([, name]) => name as string),
  );
}

test("every bound that others can reach is on the page of limits", () => {
  const told = new Set(limits.map(({ name }) => name));
  expect(exportedBounds().filter((name) => !told.has(name) && !inner.has(name))).toEqual([]);
});

test("every limit on the page is a constant of that name, once", () => {
  const rows = limits.map(({ name, what }) => `${name}: ${what}`);
  expect(new Set(rows).size).toBe(rows.length);
  const names = limits.map(({ name }) => name);
  const text = rooms
    .flatMap((room) =>
      readdirSync(join(source, room), { recursive: true, encoding: "utf8" })
        .filter((name) => name.endsWith(".ts"))
        .map((name) => readFileSync(join(source, room, name), "utf8")),
    )
    .join("\n");
  expect(names.filter((name) => !text.includes(`export const ${name} =`))).toEqual([]);
});

test("every key for a limit is one of the configuration", () => {
  const keys = configKeys.map(({ key }) => key);
  const named = limits.flatMap(({ key }) => (key === undefined ? [] : [key]));
  expect(keys).toEqual(expect.arrayContaining(named));
  expect(named).toEqual(expect.arrayContaining(keys.filter((key) => key.startsWith("max-"))));
});
