import { createRequire } from "node:module";
import { npmName, platforms } from "../platforms.ts";

/** A machine, in Node's words. */
export interface Machine {
  readonly os: string;
  readonly cpu: string;
  readonly libc: "glibc" | "musl";
}

/** Gives the path of a file in an installed package. @throws Error when it is not there */
export type Resolve = (path: string) => string;

/** The path of the executable for a machine, or why there is none. */
export function findExecutable(
  machine: Machine = thisMachine(),
  resolve: Resolve = createRequire(import.meta.url).resolve,
): string | { readonly problem: string } {
  const { os, cpu, libc } = machine;
  const platform = platforms.find(
    (each) => os === "linux" && each.cpu === cpu && each.libc === libc,
  );
  if (platform === undefined) {
    const known = platforms.map((each) => `${each.cpu} with ${each.libc}`).join(", ");
    return {
      problem: `there is no executable for ${os} on ${cpu}; there is for Linux on ${known}`,
    };
  }
  const name = npmName(platform.target);
  try {
    return resolve(`${name}/bin/guestwire`);
  } catch (error) {
    const { message } = error as Error;
    return {
      problem:
        `the package ${name} is not installed, which has the executable for this machine: ` +
        `was npm told to omit optional packages, or is node_modules from another machine? (${message.split("\n")[0]})`,
    };
  }
}

function thisMachine(): Machine {
  return { os: process.platform, cpu: process.arch, libc: hasGlibc() ? "glibc" : "musl" };
}

/** Node tells the C library's version only where that is glibc. */
function hasGlibc(): boolean {
  const report = process.report as NodeJS.ProcessReport & { excludeNetwork: boolean };
  // It would look up the names of peers, which takes time.
  report.excludeNetwork = true;
  const { header } = report.getReport() as { readonly header?: { glibcVersionRuntime?: string } };
  return header?.glibcVersionRuntime !== undefined;
}
