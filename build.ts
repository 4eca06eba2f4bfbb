/**
 * Compiles guestwire into one executable a target.
 *
 *   bun build.ts                  this machine's, as dist/guestwire
 *   bun build.ts --all            every target, as dist/guestwire-<target>, with dist/SHA256SUMS
 *   bun build.ts x64 arm64-musl   the named targets
 *
 * Nothing is written outside of dist/; the runtimes of other targets are npm packages and are kept in dist/runtimes.
 */
import { mkdirSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { writeSums } from "./packaging/sums.ts";

const dist = join(import.meta.dirname, "dist");
const entry = join(import.meta.dirname, "src/cli/main.ts");

/** `baseline` runs on x86-64-v2 (Nehalem, 2008) and later; plain x64 may want AVX2, though with Bun 1.4.5 the two are the same bytes. */
export const targets = ["x64-baseline", "x64", "x64-musl-baseline", "arm64", "arm64-musl"] as const;
export type Target = (typeof targets)[number];

/** The name of the compiler's report about an executable, next to it. */
export function buildReportName(outfile: string): string {
  return `${outfile}.build.json`;
}

export function isTarget(name: string): name is Target {
  return (targets as readonly string[]).includes(name);
}

async function compile(outfile: string, runtime: readonly string[]): Promise<string> {
  const started = performance.now();
  // In a folder of its own, since the compiler puts its temporary file where it stands.
  const workshop = join(dist, `.build-${outfile}`);
  rmSync(workshop, { recursive: true, force: true });
  mkdirSync(workshop, { recursive: true });
  const compiler = Bun.spawn(
    [
      process.execPath,
      "build",
      entry,
      "--compile",
      "--minify",
      "--bytecode",
      // Each module's code runs as it stands, and what import() loads is kept apart from what every start needs.
      "--format=esm",
      "--splitting",
      // Code that runs once is not worth compiling; `Agent.run` goes back to the runtime's own rule.
      "--compile-jit-policy=10",
      // What lies in the folder the agent is started from must not configure it.
      "--no-compile-autoload-dotenv",
      "--no-compile-autoload-bunfig",
      // One name for all, since it is among what the names of the code's pieces are made of.
      `--outfile=${join(workshop, "executable")}`,
      // What went into it, for the bill of materials.
      `--metafile=${join(workshop, "report")}`,
      ...runtime,
    ],
    {
      cwd: workshop,
      env: { ...process.env, BUN_INSTALL_CACHE_DIR: join(dist, "runtimes") },
      stdout: "pipe",
      stderr: "pipe",
    },
  );
  const [code, output, errors] = await Promise.all([
    compiler.exited,
    new Response(compiler.stdout).text(),
    new Response(compiler.stderr).text(),
  ]);
  if (code !== 0) throw new Error(`Cannot compile ${outfile}:\n${output}${errors}`);
  const path = join(dist, outfile);
  renameSync(join(workshop, "executable"), path);
  renameSync(join(workshop, "report"), join(dist, buildReportName(outfile)));
  rmSync(workshop, { recursive: true });
  const mib = (statSync(path).size / 2 ** 20).toFixed(1);
  console.log(`${outfile}  ${mib} MiB  ${Math.round(performance.now() - started)} ms`);
  return outfile;
}

async function main(args: readonly string[]): Promise<void> {
  mkdirSync(dist, { recursive: true });
  const unknown = args.filter((arg) => arg !== "--all" && !isTarget(arg));
  if (unknown.length > 0) {
    throw new Error(`Unknown target ${unknown.join(", ")}: one of ${targets.join(", ")}, or --all`);
  }
  const chosen = args.includes("--all") ? targets : args.filter(isTarget);
  const built: string[] = [];
  if (chosen.length === 0) {
    // The Bun that runs this is the runtime: nothing has to be fetched.
    built.push(await compile("guestwire", [`--compile-executable-path=${process.execPath}`]));
  }
  for (const target of chosen) {
    built.push(await compile(`guestwire-${target}`, [`--target=bun-linux-${target}`]));
  }
  await writeSums(dist, built);
}

if (import.meta.main) await main(process.argv.slice(2));
