/** What every start of the agent loads, read off the sources: whatever else there is must cost a start nothing. */
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

const project = join(import.meta.dirname, "../..");
const entry = "src/cli/main.ts";
const scanner = new Bun.Transpiler({ loader: "ts" });

/** Imports that are carried out when the module is loaded; types are none. */
function staticImports(file: string): string[] {
  return scanner
    .scanImports(readFileSync(join(project, file), "utf8"))
    .filter(({ kind }) => kind === "import-statement")
    .map(({ path }) =>
      path.startsWith(".") ? relative(project, join(project, dirname(file), path)) : path,
    );
}

function loadedBy(file: string): Set<string> {
  const loaded = new Set([file]);
  for (const each of loaded) {
    if (!each.endsWith(".ts")) continue;
    for (const imported of staticImports(each)) loaded.add(imported);
  }
  return loaded;
}

const loaded = [...loadedBy(entry)].sort();

function loadedOf(folder: string): string[] {
  return loaded
    .filter((path) => dirname(path) === folder)
    .map((path) => path.slice(folder.length + 1));
}

test("a start loads the agent's rooms only", () => {
  const rooms = new Set(loaded.filter((path) => path.endsWith(".ts")).map(dirname));
  expect([...rooms].sort()).toEqual([
    "native",
    "src/agent",
    "src/channels",
    "src/cli",
    "src/commands",
    "src/linux",
    "src/wire",
  ]);
});

test("a start loads no package and no module of the runtime's but these", () => {
  expect(loaded.filter((path) => !path.endsWith(".ts"))).toEqual(["bun:ffi", "valibot"]);
});

test("a start loads no subcommand", () => {
  expect(loadedOf("src/cli")).toEqual(["agent.ts", "exit-code.ts", "io.ts", "main.ts"]);
});

test("a start loads the commands that hosts begin with, and of the guest what it needs itself", () => {
  expect(loadedOf("src/commands")).toEqual([
    "command.ts",
    "guest-error.ts",
    "qapi.ts",
    "registry.ts",
    "returns.ts",
    "session.ts",
    "validation.ts",
  ]);
  expect(loadedOf("src/linux")).toEqual([
    "device-text.ts",
    "errands.ts",
    "held-file-systems.ts",
    "key-file.ts",
    "paths.ts",
    "permission-text.ts",
    "read-memory.ts",
  ]);
});

test("of libc a start loads neither programs nor streams", () => {
  const native = loadedOf("native");
  expect(native).toContain("libc.ts");
  expect(native.filter((name) => ["spawn.ts", "c-file.ts", "accounts.ts"].includes(name))).toEqual(
    [],
  );
});
