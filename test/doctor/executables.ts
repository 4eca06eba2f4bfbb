/** Executables that a real linker made, for machines and C libraries that this machine need not have. */
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { compilers } from "../native/compilers.ts";
import { Folder } from "./recorded-system.ts";

export interface ExecutableTraits {
  /** As the table of the compilers has it. */
  readonly machine?: "x86-64" | "arm64";
  /** The dynamic linker; null: static. */
  readonly loader: string | null;
  /** Names of libraries. */
  readonly libraries?: readonly string[];
  /** Whether it looks as if Bun's compiler had made it. */
  readonly isBuns?: boolean;
}

/** The end of a title: names the compilers that this machine lacks. */
export const missingCompilers = compilers.filter(({ have }) => !have).map(({ command }) => command);

/** @throws Error with what the compiler said */
export function makeExecutable(traits: ExecutableTraits): Uint8Array {
  const { machine = "x86-64", loader, libraries = [], isBuns = true } = traits;
  const command = compilers.find(({ arch }) => arch === machine)?.command ?? "cc";
  using folder = new Folder();
  const compile = (...args: readonly string[]) => {
    const { status, stderr } = spawnSync(command, [...args], {
      cwd: folder.path,
      encoding: "utf8",
    });
    if (status !== 0) throw new Error(`${command} ${args.join(" ")}: ${stderr}`);
  };
  const section = isBuns ? '__attribute__((section(".bun"), used)) static char bun[] = "x";' : "";
  writeFileSync(join(folder.path, "main.c"), `${section}\nvoid _start(void) { for (;;); }\n`);
  writeFileSync(join(folder.path, "empty.c"), "");
  libraries.forEach((name, index) => {
    compile("-shared", "-nostdlib", `-Wl,-soname,${name}`, "-o", `lib${index}.so`, "empty.c");
  });
  const linked = libraries.map((_, index) => `./lib${index}.so`);
  const how =
    loader === null
      ? ["-static"]
      : ["-pie", "-Wl,--no-as-needed", `-Wl,--dynamic-linker=${loader}`, ...linked];
  compile("-nostdlib", "-fPIE", "-o", "made", "main.c", ...how);
  return readFileSync(join(folder.path, "made"));
}
