/** Which npm packages went into an executable, as the compiler tells. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { project } from "./folders.ts";

export interface BundledPackage {
  readonly name: string;
  readonly version: string;
  /** An SPDX expression. */
  readonly licence: string;
  readonly homepage?: string;
  readonly licenceText: string;
}

const buildReport = v.object({ inputs: v.record(v.string(), v.unknown()) });

const packageDescription = v.object({
  name: v.string(),
  version: v.string(),
  license: v.string(),
  homepage: v.optional(v.string()),
});

/**
 * @param reportPath the report that the build of the executable left
 * @throws Error when the report is missing or a package has no licence with it
 */
export function bundledPackages(reportPath: string): readonly BundledPackage[] {
  const { inputs } = v.parse(buildReport, readJson(reportPath));
  return packagesOf(Object.keys(inputs));
}

/** The packages that sources of a build belong to. @throws Error when one has no licence with it */
export function packagesOf(paths: readonly string[]): readonly BundledPackage[] {
  const folders = paths.flatMap((path) => {
    // Paths are seen from the folder that the compiler worked in.
    const [, inside] =
      /(node_modules\/(?:.*\/node_modules\/)?(?:@[^/]+\/)?[^/]+)\//.exec(path) ?? [];
    return inside === undefined ? [] : [join(project, inside)];
  });
  return [...new Set(folders)].sort().map(describe);
}

function describe(folder: string): BundledPackage {
  const { name, version, license, homepage } = v.parse(
    packageDescription,
    readJson(join(folder, "package.json")),
  );
  return {
    name,
    version,
    licence: license,
    ...(homepage === undefined ? {} : { homepage }),
    licenceText: licenceText(folder),
  };
}

function licenceText(folder: string): string {
  const [name] = [...new Bun.Glob("{LICENSE,LICENCE}*").scanSync(folder)].sort();
  if (name === undefined) throw new Error(`${folder} has no licence with it`);
  return readFileSync(join(folder, name), "utf8").trimEnd();
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw new Error(`Cannot read ${path}: ${(error as Error).message}`);
  }
}
