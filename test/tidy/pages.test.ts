import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pages } from "../../scripts/pages.ts";

const project = join(import.meta.dirname, "../..");

test.each([...pages()])("%s is what the code says (bun scripts/docs.ts)", (path, text) => {
  expect(readFileSync(join(project, path), "utf8")).toBe(text);
});
