import type { LinkedExecutable } from "../../linux/elf-links.ts";
import { lastName } from "../../linux/paths.ts";
import { missingX86V2Features, x86V2Features } from "../../linux/processor-level.ts";
import { type Check, failure, listed, ok, skipped, warning } from "../finding.ts";
import type { System } from "../system.ts";

const topic = "Executable";

/** QEMU's models that are known from configurations, by whether they have all of it. */
export const oldModels = [
  ...["qemu64", "kvm64", "qemu32", "core2duo", "phenom", "Conroe", "Penryn"],
  ...["Opteron_G1", "Opteron_G2", "Opteron_G3"],
];
export const goodModels = ["Nehalem", "Westmere", "SandyBridge", "Opteron_G4", "EPYC"];

const raiseCpu =
  "give the guest a processor model of x86-64-v2: x86-64-v2-AES or host in Proxmox VE (kvm64 was its default for long), " +
  "<cpu mode='host-model'/> or <model>Nehalem</model> in libvirt, domain.cpu.model: host-model in KubeVirt. " +
  `Not enough are ${oldModels.join(", ")}; enough are ${goodModels.join(", ")} and what came after them`;

export const processor: Check<System> = {
  id: "cpu",
  topic,
  expected: `x86-64-v2 or better (${x86V2Features.join(", ")}); arm64 has no such floor`,
  look({ tree }) {
    const text = tree.text("/proc/cpuinfo");
    if (text === null) return skipped("there is no /proc/cpuinfo");
    const lacking = missingX86V2Features(tree.root);
    const model = /^model name\s*:\s*(.*)$/m.exec(text)?.[1] ?? "a processor without a name";
    if (lacking.length === 0) return ok(model);
    return failure(
      `${model} lacks ${lacking.join(", ")}: guestwire would end by SIGILL at its start`,
      raiseCpu,
    );
  },
};

export const machine: Check<System> = {
  id: "machine",
  topic,
  expected: "the executable is made for the system's machine and C library",
  look(system) {
    const { binary, tree } = system;
    if (binary === null) return skipped("no guestwire was found; --binary names one");
    const executable = system.executableOf(binary);
    if (executable === null) {
      return failure(`${binary.name} is no executable`, "copy guestwire there again");
    }
    const { machine: ours, loader, sections } = executable;
    const theirs = machineOf(system);
    if (theirs !== null && theirs !== ours && !(theirs === "i386" && ours === "x86_64")) {
      const seen = `${binary.name} is for ${ours}, and the system is ${theirs}`;
      return failure(seen, `take the build for ${theirs}, where there is one (x86_64, aarch64)`);
    }
    if (sections.size === 0) {
      return failure(
        `${binary.name} is cut off: its tables are beyond its end`,
        "copy it there again",
      );
    }
    if (loader === null || tree.exists(loader)) {
      return ok(`${binary.name} is for ${ours}${loader === null ? "" : `, ${loader}`}`);
    }
    const isMusl = hasMusl(system);
    return failure(
      `${binary.name} asks for ${loader}, which is not there${isMusl ? "; the system has musl" : ""}`,
      isMusl
        ? "take the musl build (x64-musl-baseline, arm64-musl)"
        : "take the build for the system's C library",
    );
  },
};

/** Any program of the system's own: its shell, its first process. */
function machineOf(system: System): string | null {
  for (const path of ["/bin/sh", "/usr/bin/env", "/sbin/init", "/bin/busybox"]) {
    const executable = system.executableAt(path);
    if (executable !== null) return executable.machine;
  }
  return null;
}

function hasMusl({ tree }: System): boolean {
  return tree.names("/lib").some((name) => name.startsWith("ld-musl-"));
}

const getLibrary: Readonly<Record<string, string>> = {
  "libstdc++.so.6": "apk add libstdc++",
  "libgcc_s.so.1": "apk add libgcc",
};

export const libraries: Check<System> = {
  id: "libraries",
  topic,
  expected:
    "the libraries that the executable asks for are there: of the musl builds libstdc++ and libgcc",
  needs: ["machine"],
  look(system) {
    const { binary } = system;
    const executable = binary === null ? null : system.executableOf(binary);
    if (binary === null || executable === null) return skipped("there is no executable to look at");
    const folders = libraryFolders(system, executable);
    const lacking = executable.libraries.filter(
      (name) =>
        !(isOfMusl(executable) && insideMusl.test(name)) &&
        !folders.some((folder) => system.tree.exists(`${folder}/${name}`)),
    );
    if (lacking.length === 0) return ok(`${listed(executable.libraries) || "it asks for none"}`);
    const known = lacking.flatMap((name) => getLibrary[name] ?? []);
    const advice =
      known.length > 0
        ? `${known.join("; ")}, or what your distribution calls it`
        : "install what has them, or take the build for the system's C library";
    const seen = `${binary.name} cannot start without ${listed(lacking)}, not found in ${listed(folders)}`;
    return failure(seen, advice);
  },
};

/** What musl's dynamic linker looks for nowhere, because it is that itself: load_library in its dynlink.c. */
const insideMusl = /^lib(?:c|pthread|rt|m|dl|util|xnet)\./;

function isOfMusl({ loader }: Pick<LinkedExecutable, "loader">): boolean {
  return loader !== null && lastName(loader).startsWith("ld-musl-");
}

/** Where the dynamic linker looks: ld.so(8) with its configuration, or what musl's dynlink.c does. */
function libraryFolders({ tree }: System, { machine: cpu, loader }: LinkedExecutable): string[] {
  if (loader === null) return [];
  if (isOfMusl({ loader })) {
    const own = tree.word(`/etc/${lastName(loader).replace(/\.so\.\d+$/, "")}.path`);
    return own === null
      ? ["/lib", "/usr/local/lib", "/usr/lib"]
      : own.split(/[:\n]/).filter(Boolean);
  }
  const multiarch = `${cpu}-linux-gnu`;
  const standard = [
    "/lib64",
    "/usr/lib64",
    `/lib/${multiarch}`,
    `/usr/lib/${multiarch}`,
    "/lib",
    "/usr/lib",
  ];
  const included = tree
    .names("/etc/ld.so.conf.d")
    .filter((name) => name.endsWith(".conf"))
    .map((name) => `/etc/ld.so.conf.d/${name}`);
  const configured = ["/etc/ld.so.conf", ...included].flatMap((path) =>
    (tree.text(path) ?? "").split("\n").filter((line) => line.startsWith("/")),
  );
  return [...standard, ...configured].filter((folder) => tree.exists(folder));
}

/** statx(2), without which the agent cannot look at files. */
const kernelMin = [4, 11] as const;
/** What the makers of the runtime say they support (Bun's installation page). */
const kernelSupported = [5, 1] as const;

export const kernel: Check<System> = {
  id: "kernel",
  topic,
  expected: `Linux ${kernelSupported.join(".")} or later`,
  look({ tree }) {
    const release = tree.word("/proc/sys/kernel/osrelease");
    const [, major, minor] = /^(\d+)\.(\d+)/.exec(release ?? "") ?? [];
    if (release === null || major === undefined)
      return skipped("the system does not tell its version");
    const isOlder = ([wantedMajor, wantedMinor]: readonly [number, number]) =>
      Number(major) < wantedMajor || (Number(major) === wantedMajor && Number(minor) < wantedMinor);
    if (isOlder(kernelMin)) {
      return failure(`Linux ${release} has no statx(2)`, "take a newer kernel, or qemu-ga");
    }
    if (isOlder(kernelSupported)) {
      const advice =
        "it may work: the runtime is made for 5.1 and later, and the agent makes do with 4.11";
      return warning(`Linux ${release}`, advice);
    }
    return ok(`Linux ${release}`);
  },
};
