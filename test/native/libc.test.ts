import { expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { libc, openLibc, rareLibc } from "../../native/libc.ts";
import { compilers, complaints } from "./compilers.ts";

const native = join(import.meta.dirname, "../../native");
const table = readFileSync(join(native, "libc.ts"), "utf8");

type Binding = { name: string; prototype: string; args: string[]; returns: string };

/** The prototypes in the comments of libc.ts with the binding below each. */
const bindings: Binding[] = [
  ...table.matchAll(
    /^ {2}\/\/ ([^;\n]*)(?:;.*)?\n {2}(\w+): \{ args: \[(.*?)\], returns: (?:FFIType\.)?"?(\w+)"? \}/gm,
  ),
].map(([, prototype, name, args, returns]) => ({
  name: name as string,
  prototype: prototype as string,
  args: (args as string)
    .split(", ")
    .filter(Boolean)
    .map((each) => JSON.parse(each)),
  returns: returns as string,
}));

/** Headers in which the functions are declared. */
const headers = [
  "arpa/inet.h",
  "errno.h",
  "fcntl.h",
  "grp.h",
  "ifaddrs.h",
  "unistd.h",
  "stdio.h",
  "stdlib.h",
  "poll.h",
  "pwd.h",
  "signal.h",
  "spawn.h",
  "syslog.h",
  "time.h",
  "sys/epoll.h",
  "sys/ioctl.h",
  "sys/resource.h",
  "sys/socket.h",
  "sys/stat.h",
  "sys/statvfs.h",
  "sys/utsname.h",
  "sys/mman.h",
  "sys/wait.h",
];

const variadic = ["open", "openat", "fcntl", "ioctl", "syscall", "syslog"];

/** The C type that each FFI type stands for; pointers are compared by being pointers. */
const cTypes: Readonly<Record<string, string>> = {
  i16: "short",
  i32: "int",
  u32: "unsigned int",
  i64: "long",
  u64: "unsigned long",
  usize: "unsigned long",
  i64_fast: "long",
  u64_fast: "unsigned long",
  void: "void",
};

test("every binding has its prototype above it", () => {
  const bound = [...table.matchAll(/^ {2}(\w+): \{ args: /gm)].map(([, name]) => name);
  expect(bindings.map(({ name }) => name)).toEqual(bound as string[]);
  expect(bindings.length).toBeGreaterThan(50);
  for (const { name, prototype } of bindings) expect(prototype).toContain(`${name}(`);
});

test("a binding has as many arguments as its prototype", () => {
  for (const { name, prototype, args } of bindings) {
    const parameters = prototype.slice(prototype.indexOf("(") + 1, prototype.lastIndexOf(")"));
    const count = parameters === "void" ? 0 : parameters.split(",").length;
    expect([name, args.length]).toEqual([name, count]);
  }
});

/**
 * Declares each function again as the comment has it, which C refuses when it does not agree with the header, and
 * then under another name as FFI calls it, with what the prototype says assigned to it.
 */
function prototypeCheck(): string {
  const lines = ["#define _GNU_SOURCE", ...headers.map((header) => `#include <${header}>`)];
  for (const { name, prototype, args, returns } of bindings) {
    if (variadic.includes(name)) continue;
    lines.push(`extern ${prototype};`);
    const parameters = prototype.slice(prototype.indexOf("(") + 1, prototype.lastIndexOf(")"));
    const declared = parameters === "void" ? [] : parameters.split(",").map((each) => each.trim());
    declared.forEach((parameter, index) => {
      const type =
        parameter.includes("*") || parameter.includes("[") ? "ptr" : parameter.replace(/ \w+$/, "");
      lines.push(sameType(`${name} argument ${index + 1}`, type, args[index] as string));
    });
    const result = prototype.slice(0, prototype.indexOf(name)).trim();
    lines.push(sameType(`${name} result`, result.endsWith("*") ? "ptr" : result, returns));
  }
  return `${lines.join("\n")}\n`;
}

function sameType(what: string, cType: string, ffiType: string): string {
  if (["ptr", "cstring"].includes(ffiType))
    return `_Static_assert(${Number(cType === "ptr")}, "${what}");`;
  if (cType === "ptr") return `_Static_assert(0, "${what}");`;
  if (cType === "void") return `_Static_assert(${Number(ffiType === "void")}, "${what}");`;
  // An enum (idtype_t) or a function pointer (sighandler_t) is passed as a whole number of its size.
  if (["idtype_t", "sighandler_t", "__rlimit_resource_t"].includes(cType)) {
    return `_Static_assert(sizeof(${cType}) == sizeof(${cTypes[ffiType]}), "${what}");`;
  }
  return `_Static_assert(__builtin_types_compatible_p(${cType}, ${cTypes[ffiType]}), "${what}");`;
}

for (const { arch, command, have } of compilers) {
  test.skipIf(!have)(
    `prototypes agree with the headers and the FFI types on ${arch} (needs ${command})`,
    () => {
      expect(complaints(command, prototypeCheck())).toBe("");
    },
  );

  test.skipIf(!have)(`a wrong prototype or FFI type is found on ${arch} (needs ${command})`, () => {
    const source = prototypeCheck();
    const wrongPrototype = source.replace(
      "int listen(int sockfd, int backlog)",
      "int listen(int sockfd, long backlog)",
    );
    expect(complaints(command, wrongPrototype)).toContain("conflicting types for 'listen'");
    const wrongType = source.replace('(off_t, long), "fseeko', '(off_t, int), "fseeko');
    expect(complaints(command, wrongType)).toContain("fseeko argument 2");
  });
}

test("every symbol that is bound is called somewhere", () => {
  const sources = readdirSync(native)
    .filter((name) => name.endsWith(".ts") && name !== "libc.ts")
    .map((name) => readFileSync(join(native, name), "utf8"))
    .join("\n");
  const unused = Object.keys({ ...libc(), ...rareLibc() }).filter(
    (name) => !sources.includes(`.${name}`),
  );
  expect(unused).toEqual([]);
});

test("no symbol is bound twice, and each table once", () => {
  const [first, firstRare] = [libc(), rareLibc()];
  expect(Object.keys(first).filter((name) => name in firstRare)).toEqual([]);
  openLibc();
  expect(libc()).toBe(first);
  expect(rareLibc()).toBe(firstRare);
});
