import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { layoutCheckSource } from "../../native/layout-check.ts";
import { compilers, complaints } from "./compilers.ts";

test("layout-check.c is what structs.ts generates", () => {
  const path = join(import.meta.dirname, "../../native/layout-check.c");
  const remedy = "run: bun native/layout-check.ts > native/layout-check.c";
  expect(readFileSync(path, "utf8") === layoutCheckSource() || remedy).toBe(true);
});

for (const { arch, command, have } of compilers) {
  test.skipIf(!have)(`every layout and constant is right on ${arch} (needs ${command})`, () => {
    expect(complaints(command, layoutCheckSource())).toBe("");
  });

  test.skipIf(!have)(
    `a wrong size, offset or constant is found on ${arch} (needs ${command})`,
    () => {
      const source = layoutCheckSource();
      const statements = source.split("\n").filter((line) => line.startsWith("_Static_assert("));
      expect(statements.length).toBeGreaterThan(300);
      for (const name of ["sizeof(struct flock)", "offsetof(struct flock, l_pid)", "O_DIRECTORY"]) {
        const wrong = source.replaceAll(
          new RegExp(`(_Static_assert\\([^"]*${name.replaceAll(/[()]/g, "\\$&")} == )\\d+u`, "g"),
          "$177u",
        );
        expect(wrong).not.toBe(source);
        expect(complaints(command, wrong)).toContain("static assertion failed");
      }
    },
  );
}
