/**
 * Prints `layout-check.c`: static assertions for everything `structs.ts` declares, so that a C compiler is
 * asked about each offset, size and number. `cc -fsyntax-only` is enough; nothing is linked or run, so a
 * cross compiler checks the other architecture.
 */
import { type Arch, constantDeclaration, type Fields, Struct, sizeOf, typeOn } from "./layout.ts";
import * as structs from "./structs.ts";

const archMacros: readonly (readonly [Arch, string])[] = [
  ["x64", "__x86_64__"],
  ["arm64", "__aarch64__"],
];

export function layoutCheckSource(): string {
  const declared = Object.values(structs);
  const headers = new Set<string>();
  for (const each of declared) {
    const declaration = each instanceof Struct ? each : constantDeclarationOf(each);
    for (const header of declaration?.headers ?? []) headers.add(header);
  }
  const lines = [
    "/* Generated from structs.ts by layout-check.ts. Do not edit. */",
    "#define _GNU_SOURCE",
    "#include <stddef.h>",
    ...[...headers].map((header) => `#include <${header}>`),
  ];
  archMacros.forEach(([arch, macro], index) => {
    lines.push("", `#${index === 0 ? "if" : "elif"} defined(${macro})`);
    for (const each of declared) lines.push(...assertionsOn(arch, each));
  });
  lines.push("#else", '#error "no layout for this architecture"', "#endif", "");
  return lines.join("\n");
}

function assertionsOn(arch: Arch, declared: unknown): string[] {
  if (declared instanceof Struct) {
    const { offsets, sizeBytes } = declared.layoutOn(arch);
    const lines = [assertion(`sizeof(${declared.cName})`, sizeBytes)];
    for (const [field, perhapsPerArch] of Object.entries(declared.fields as Fields)) {
      const type = typeOn(arch, perhapsPerArch);
      if (typeof type === "object" && type.kind === "pad") continue;
      lines.push(assertion(`offsetof(${declared.cName}, ${field})`, offsets[field] as number));
      lines.push(assertion(`sizeof(((${declared.cName} *)0)->${field})`, sizeOf(type)));
    }
    return lines;
  }
  const declaration = constantDeclarationOf(declared);
  if (declaration === undefined) return [];
  return Object.entries(declaration.spec).map(([name, value]) =>
    // Some constants are negative ints or enum members in C; the bits are what is passed on.
    assertion(`(unsigned)${name}`, typeof value === "number" ? value : value[arch]),
  );
}

function constantDeclarationOf(declared: unknown) {
  return typeof declared === "object" && declared !== null
    ? constantDeclaration(declared)
    : undefined;
}

function assertion(expression: string, expected: number): string {
  return `_Static_assert(${expression} == ${expected}u, "${expression}");`;
}

if (import.meta.main) process.stdout.write(layoutCheckSource());
