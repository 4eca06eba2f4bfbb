/** What the room shows to others: no pointer, no number of a descriptor, and nothing done at import. */
import { expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { tempFolder } from "./temp-folder.ts";

const project = join(import.meta.dirname, "../..");
const folder = tempFolder();

/** The exported signatures of each file, without comments. */
function declarations(): Map<string, string> {
  const tsc = join(project, "node_modules/.bin/tsc");
  const flags = ["--noEmit", "false", "--declaration", "--emitDeclarationOnly", "--removeComments"];
  const places = ["--project", project, "--rootDir", project, "--outDir", folder];
  // What it says about errors elsewhere in the project is for others; the declarations are written regardless.
  Bun.spawnSync([tsc, ...flags, ...places]);
  const native = join(folder, "native");
  return new Map(
    readdirSync(native).map((name) => [name, readFileSync(join(native, name), "utf8")]),
  );
}

test("no exported signature but that of the symbol table mentions a pointer", () => {
  const declared = declarations();
  const sources = readdirSync(join(project, "native")).filter((name) => name.endsWith(".ts"));
  expect([...declared.keys()].sort()).toEqual(
    sources.map((name) => name.replace(/\.ts$/, ".d.ts")).sort(),
  );
  const leaking = [...declared].filter(([, text]) => /\bPointer\b|bun:ffi/.test(text));
  expect(leaking.map(([name]) => name)).toEqual(["libc.d.ts"]);
}, 60_000);

test("fd.ts shows the class and not what reaches the number inside", async () => {
  const shown = await import("../../native/fd.ts");
  expect(Object.keys(shown).sort()).toEqual(["Fd", "WOULD_BLOCK"]);
});

test("importing a file does nothing; the first call binds libc or says why it cannot", () => {
  const child = "./test/native/children/import-everything.ts";
  const { exitCode, stderr } = Bun.spawnSync([process.execPath, "test", child], { cwd: project });
  expect(stderr.toString()).toContain(" 1 pass\n");
  expect(exitCode).toBe(0);
}, 30_000);
