import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pages } from "../../scripts/pages.ts";
import { qemuCommands } from "../../src/commands/registry.ts";

const project = join(import.meta.dirname, "../..");

test.each([...pages()])("%s is what the code says (bun scripts/docs.ts)", (path, text) => {
  expect(readFileSync(join(project, path), "utf8")).toBe(text);
});

test("the readme lists every command", () => {
  const readme = readFileSync(join(project, "README.md"), "utf8");
  expect(readme).toContain(`all ${qemuCommands().length} commands`);
  const listed = [...readme.matchAll(/^(?:- [^:]*:| ) (guest-.*)$/gm)].flatMap(([, names = ""]) =>
    names.split(/, ?/).filter((name) => name !== ""),
  );
  expect(listed.sort()).toEqual(
    qemuCommands()
      .map(({ name }) => name)
      .sort(),
  );
});
