import { SysError } from "../../native/errno.ts";
import { readFile, writeFile } from "../../native/files.ts";
import type { Reactor } from "../../native/reactor.ts";
import { type Program, type ProgramEnd, runProgram } from "./program.ts";

export type SuspendMode = "disk" | "ram" | "hybrid";

/** A way to suspend: does this guest have it, and doing it. */
interface Method {
  isSupported(): Promise<boolean>;
  /** @returns what went wrong, or null */
  act(): Promise<Failure | null>;
}

interface Failure {
  readonly text: string;
  /** It goes on, so nothing else may be tried beside it. */
  readonly isUnderWay: boolean;
}

/** The clock it is measured by stands still while the guest is suspended. */
export const actDeadlineMs = 120_000;

const probing = { deadlineMs: 10_000, atDeadline: "kill" } as const;
/** A killed one would not wake up what it has put to sleep. */
const acting = { deadlineMs: actDeadlineMs, atDeadline: "leave" } as const;

const powerFileBytesMax = 4096;

const systemdNames = {
  disk: { unit: "systemd-hibernate", verb: "hibernate" },
  ram: { unit: "systemd-suspend", verb: "suspend" },
  hybrid: { unit: "systemd-hybrid-sleep", verb: "hybrid-sleep" },
} as const;

const pmNames = {
  disk: { flag: "--hibernate", program: "pm-hibernate" },
  ram: { flag: "--suspend", program: "pm-suspend" },
  hybrid: { flag: "--suspend-hybrid", program: "pm-suspend-hybrid" },
} as const;

/**
 * Suspends the guest and comes back when it is awake again: by systemd, else by pm-utils, else by the kernel itself.
 * @returns null when it was suspended, else why not, method by method: nothing where none is supported
 */
export async function suspend(
  mode: SuspendMode,
  reactor: Reactor,
  root: string,
): Promise<readonly string[] | null> {
  const failures: string[] = [];
  for (const method of [systemd(mode, reactor), pmUtils(mode, reactor), sysfs(mode, root)]) {
    if (!(await method.isSupported())) continue;
    const failure = await method.act();
    if (failure === null) return null;
    failures.push(failure.text);
    if (failure.isUnderWay) break;
  }
  return failures;
}

/** systemctl(1) answers 3 for a unit that is not running, 4 for one that is not there. */
function systemd(mode: SuspendMode, reactor: Reactor): Method {
  const { unit, verb } = systemdNames[mode];
  return {
    async isSupported() {
      const end = await tryRun(reactor, { argv: ["systemctl", "status", unit], ...probing });
      return end !== null && [1, 2, 3].includes(end.exitCode ?? 0);
    },
    act: () => actBy(reactor, ["systemctl", verb]),
  };
}

function pmUtils(mode: SuspendMode, reactor: Reactor): Method {
  const { flag, program } = pmNames[mode];
  return {
    async isSupported() {
      const end = await tryRun(reactor, { argv: ["pm-is-supported", flag], ...probing });
      return end?.exitCode === 0;
    },
    act: () => actBy(reactor, [program]),
  };
}

/** Documentation/admin-guide/pm/sleep-states.rst: the words to write, and what lists them as possible. */
function sysfs(mode: SuspendMode, root: string): Method {
  const state = `${root}/sys/power/state`;
  const disk = `${root}/sys/power/disk`;
  return {
    async isSupported() {
      const word = mode === "ram" ? "mem" : "disk";
      if (!wordsOf(state).includes(word)) return false;
      return mode !== "hybrid" || wordsOf(disk).includes("suspend");
    },
    async act() {
      let path = state;
      try {
        if (mode === "hybrid") {
          path = disk;
          writeFile(disk, "suspend");
          path = state;
        }
        writeFile(state, mode === "ram" ? "mem" : "disk");
        return null;
      } catch (error) {
        if (!(error instanceof SysError)) throw error;
        const text = `suspend: cannot write to '${path.slice(root.length)}': ${error.text}`;
        return { text, isUnderWay: false };
      }
    },
  };
}

/** The words of a file of /sys/power, without the brackets around the one in force. */
function wordsOf(path: string): readonly string[] {
  try {
    const text = Buffer.from(readFile(path, powerFileBytesMax)).toString();
    return text.trim().replace(/[[\]]/g, "").split(" ");
  } catch (error) {
    // No such file: a kernel that cannot sleep.
    if (!(error instanceof SysError)) throw error;
    return [];
  }
}

/** Null where the program cannot be executed. */
async function tryRun(reactor: Reactor, program: Program): Promise<ProgramEnd | null> {
  try {
    return await runProgram(reactor, program);
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    return null;
  }
}

async function actBy(reactor: Reactor, argv: readonly string[]): Promise<Failure | null> {
  const end = await tryRun(reactor, { argv, ...acting });
  if (end?.exitCode === 0) return null;
  const text = `the helper program '${argv.join(" ")}' ${complaintOf(end)}`;
  return { text, isUnderWay: end?.isLate === true };
}

function complaintOf(end: ProgramEnd | null): string {
  if (end === null) return "was not found";
  if (end.isLate) return "has not ended in time";
  const how =
    end.exitCode === null
      ? `was ended by signal ${end.signal}`
      : `returned an unexpected exit status code (${end.exitCode})`;
  const said = Buffer.from(end.output).toString().trim();
  return `${how}${said && `: ${said}`}`;
}
