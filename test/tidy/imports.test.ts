/** The house rules about who may import whom, read off the sources. */
import { expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

const project = join(import.meta.dirname, "../..");

/** What each room may import besides itself. */
const arrows: Readonly<Record<string, readonly string[]>> = {
  native: [],
  "src/wire": [],
  "src/linux": ["native"],
  "src/channels": ["src/linux", "native"],
  "src/commands": ["src/wire", "src/linux", "native"],
  "src/policy": ["src/commands", "src/linux", "native"],
  "src/agent": ["src/policy", "src/channels", "src/commands", "src/wire", "src/linux", "native"],
  "src/client": ["src/commands", "src/wire", "native"],
  "src/doctor": [
    "src/agent",
    "src/client",
    "src/policy",
    "src/channels",
    "src/commands",
    "src/linux",
    "native",
  ],
  "src/install": ["src/policy", "src/linux", "native"],
  // It runs where there is no native edge.
  "src/library": ["src/client", "src/commands"],
  "src/cli": [
    "src/doctor",
    "src/agent",
    "src/client",
    "src/install",
    "src/policy",
    "src/channels",
    "src/commands",
    "src/wire",
    "src/linux",
    "native",
  ],
};

/** The raw descriptor and pointers stay inside. */
const nativeOnly = [
  "bun-loop",
  "child-watcher",
  "close-on-exec",
  "cstring",
  "environment",
  "epoll-set",
  "layout",
  "libc",
  "program-search",
  "raw-fd",
  "root-walk",
  "string-array",
  "timer-queue",
].map((name) => `native/${name}.ts`);

interface Import {
  readonly from: string;
  readonly to: string;
}

function sources(folder: string): string[] {
  return readdirSync(join(project, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts") && !name.endsWith(".d.ts"))
    .map((name) => join(folder, name));
}

function importsOf(file: string): Import[] {
  const text = readFileSync(join(project, file), "utf8");
  const specifiers = text.matchAll(/(?:from|import|require)\s*\(?\s*"([^"]+)"/g);
  return [...specifiers].map(([, specifier = ""]) => ({
    from: file,
    to: specifier.startsWith(".")
      ? relative(project, join(project, dirname(file), specifier))
      : specifier,
  }));
}

const rooms = Object.keys(arrows);
const all = [...sources("native"), ...sources("src")].flatMap(importsOf);

function roomOf(path: string): string | undefined {
  return rooms.find((room) => path.startsWith(`${room}/`));
}

test("every source stands in a room", () => {
  const outside = [...sources("native"), ...sources("src")].filter(
    (file) => roomOf(file) === undefined,
  );
  expect(outside).toEqual([]);
});

test("imports never turn back: a room imports only what is below it", () => {
  const wrong = all.filter(({ from, to }) => {
    const [importing, imported] = [roomOf(from) as string, roomOf(to)];
    if (imported === undefined || imported === importing) return false;
    return !arrows[importing]?.includes(imported);
  });
  expect(wrong).toEqual([]);
});

test("only native/ imports bun:ffi", () => {
  expect(all.filter(({ from, to }) => to === "bun:ffi" && roomOf(from) !== "native")).toEqual([]);
});

test("descriptor numbers, the symbol table and C strings stay inside native/", () => {
  const leaks = all.filter(({ from, to }) => nativeOnly.includes(to) && roomOf(from) !== "native");
  expect(leaks).toEqual([]);
});

test("every file that states commands is the family that every start loads, or listed as a family", () => {
  const families = sources("src/commands").filter((file) =>
    readFileSync(join(project, file), "utf8").includes("= command({"),
  );
  const listed = ["registry", "families"].flatMap((name) =>
    importsOf(`src/commands/${name}.ts`).map(({ to }) => to),
  );
  expect(families.filter((file) => !listed.includes(file))).toEqual([]);
});

test("every source but the entries is imported by something", () => {
  const entries = ["src/cli/main.ts", "src/library/index.ts", "native/layout-check.ts"];
  const imported = new Set(all.map(({ to }) => to));
  const dead = [...sources("native"), ...sources("src")].filter(
    (file) => !imported.has(file) && !entries.includes(file),
  );
  expect(dead).toEqual([]);
});
