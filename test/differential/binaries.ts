import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { fileURLToPath } from "node:url";

/** An agent executable that the tests can start, or what to do to get it. */
export type Binary = {
  /** The word that test titles use. */
  readonly name: "qemu-ga" | "guestwire";
  readonly path: string;
  readonly present: boolean;
  /** Ends a title while the executable is missing, so that a skipped test says what it lacks. */
  readonly lack: string;
};

const qemuGaPath = "/usr/sbin/qemu-ga";
const guestwirePath =
  process.env.GUESTWIRE_AGENT ?? fileURLToPath(new URL("../../dist/guestwire", import.meta.url));

/** The recorded replies are those of this release; texts changed before and after it. */
export const qemuGaRelease = "7.2";

/** Debian 12's qemu-guest-agent, the agent whose replies are recorded in `cases/`. */
export const qemuGa: Binary = {
  name: "qemu-ga",
  path: qemuGaPath,
  present: isExecutable(qemuGaPath) && versionOf(qemuGaPath).startsWith(`${qemuGaRelease}.`),
  lack: ` (needs ${qemuGaPath} ${qemuGaRelease})`,
};

/** Our own agent: `GUESTWIRE_AGENT`, else the executable that the build leaves in `dist/`. */
export const guestwire: Binary = {
  name: "guestwire",
  path: guestwirePath,
  present: isExecutable(guestwirePath),
  lack: ` (needs ${guestwirePath}; build it or set GUESTWIRE_AGENT)`,
};

/** Appended to the title of a test that needs these executables; empty when all are there. */
export function lackOf(...binaries: Binary[]): string {
  return binaries.map((binary) => (binary.present ? "" : binary.lack)).join("");
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    // Missing and not executable are the same to the tests: they are skipped, and their titles say why.
    return false;
  }
}

function versionOf(path: string): string {
  const { stdout } = spawnSync(path, ["--version"], { encoding: "utf8" });
  return /^QEMU Guest Agent (\S+)/.exec(stdout)?.[1] ?? "";
}
