import type { Fd } from "../../native/fd.ts";
import type { RootFolder } from "../../native/root-folder.ts";
import { OpenFlag } from "../../native/structs.ts";
import { type Executable, readExecutable } from "../linux/elf.ts";
import { isThere } from "./found.ts";
import { InstallError } from "./install-error.ts";

/** Programs that one root or another has. */
const probes = ["/bin/sh", "/usr/bin/env", "/sbin/init", "/bin/busybox"];

/** The loaders of dynamic programs on the machines that guestwire is compiled for. */
const loaders: Readonly<Record<string, string>> = {
  "/lib64/ld-linux-x86-64.so.2": "glibc",
  "/lib/ld-linux-aarch64.so.1": "glibc",
  "/lib/ld-musl-x86_64.so.1": "musl",
  "/lib/ld-musl-aarch64.so.1": "musl",
};

/** What the musl builds of the runtime need beside libc. */
const muslLibraries = ["libstdc++.so.6", "libgcc_s.so.1"];

/** Whether an executable can run in a root. */
export interface Fit {
  readonly executable: Executable;
  /** What has to be put right before it runs, each in a sentence. */
  readonly warnings: readonly string[];
}

/** @throws InstallError when it never will; SysError */
export function checkFit(root: RootFolder, binary: Fd): Fit {
  const executable = readExecutable(binary);
  if (executable === null) {
    throw new InstallError(`"${binary.subject}" is no executable of Linux`);
  }
  const { machine, loader } = executable;
  const name = root.subject("/");
  const ofRoot = machineOf(root);
  if (ofRoot !== null && ofRoot.machine !== machine) {
    throw new InstallError(
      `"${name}" is a root for ${ofRoot.machine} (by ${ofRoot.path}), and the executable is for ${machine}: ` +
        "give the one for that machine by --binary",
    );
  }
  if (loader !== null && !isThere(root, loader)) throw noLoader(root, loader, ofRoot !== null);
  if (ofRoot === null && loader === null) throw noRoot(name);
  const lacks = loader !== null && loaders[loader] === "musl" ? missingLibraries(root) : [];
  const warnings =
    lacks.length === 0
      ? []
      : [
          `the root has no ${lacks.join(" and no ")}, which the musl build needs: apk add libstdc++`,
        ];
  return { executable, warnings };
}

function machineOf(root: RootFolder): { readonly machine: string; readonly path: string } | null {
  for (const path of probes) {
    using file = root.openIfThere(path, OpenFlag.O_RDONLY | OpenFlag.O_NONBLOCK);
    const executable = file?.stat().type === "file" ? readExecutable(file) : null;
    if (executable !== null) return { machine: executable.machine, path };
  }
  return null;
}

function noLoader(root: RootFolder, loader: string, isRoot: boolean): InstallError {
  const name = root.subject("/");
  const others = Object.entries(loaders).filter(([path]) => isThere(root, path));
  const [other] = others;
  if (other !== undefined) {
    const [path, libc] = other;
    const ours = loaders[loader] ?? "another libc";
    return new InstallError(
      `"${name}" has ${libc} (${path}), and the executable is built for ${ours} (${loader}): ` +
        "give the one for that libc by --binary",
    );
  }
  return isRoot
    ? new InstallError(`"${name}" has no ${loader}, without which the executable does not start`)
    : noRoot(name);
}

function noRoot(name: string): InstallError {
  return new InstallError(
    `"${name}" is not the root of a Linux system: it has none of ${probes.join(", ")}`,
  );
}

function missingLibraries(root: RootFolder): string[] {
  return muslLibraries.filter(
    (library) => !isThere(root, `/usr/lib/${library}`) && !isThere(root, `/lib/${library}`),
  );
}
