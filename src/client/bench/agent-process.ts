/** The process of an agent that runs on this very machine: its CPU time and its memory. */
import { processCpuNs } from "../../../native/clock.ts";
import { SysError } from "../../../native/errno.ts";
import { readFile, writeFile } from "../../../native/files.ts";
import { AgentError } from "../errors.ts";
import type { GuestFiles } from "./guest-files.ts";

const procBytesMax = 64 * 1024;
const bootIdPath = "/proc/sys/kernel/random/boot_id";
/** proc_pid_clear_refs(5): resets the peak of the resident set to what is resident now. */
const resetPeak = "5";

/** What proc_pid_stat(5) tells apart one process from every other since the machine was started. */
interface Identity {
  readonly pid: number;
  readonly name: string;
  readonly startTicks: string;
}

export interface ResidentBytes {
  readonly now: number;
  /** The highest since it was last reset. */
  readonly peak: number;
}

export class AgentProcess {
  readonly pid: number;
  readonly name: string;

  private constructor(identity: Identity) {
    this.pid = identity.pid;
    this.name = identity.name;
  }

  /**
   * Asks the agent itself who it is: through its own /proc/self, and whether it was booted when we were. The other end
   * of the socket would not tell: that may be QEMU, a proxy, or a service manager that has handed the socket on.
   *
   * @returns the process, or why there is none to be measured
   */
  static async find(files: GuestFiles): Promise<AgentProcess | string> {
    try {
      const theirBoot = textOf(await files.readStart(bootIdPath, procBytesMax));
      if (theirBoot !== readProc(bootIdPath)) return "the agent runs on another machine";
      const theirs = identityOf(textOf(await files.readStart("/proc/self/stat", procBytesMax)));
      const here = identityOf(readProc(`/proc/${theirs.pid}/stat`));
      const isSame = here.name === theirs.name && here.startTicks === theirs.startTicks;
      return isSame ? new AgentProcess(here) : hidden;
    } catch (error) {
      if (error instanceof AgentError) return `the agent does not tell: ${error.message}`;
      if (error instanceof SysError) return hidden;
      throw error;
    }
  }

  /** CPU time of all threads, in nanoseconds. */
  cpuNs(): number {
    return processCpuNs(this.pid);
  }

  resident(): ResidentBytes {
    const status = readProc(`/proc/${this.pid}/status`);
    return { now: statusBytes(status, "VmRSS"), peak: statusBytes(status, "VmHWM") };
  }

  /** @throws SysError EACCES or EPERM to whom the process does not belong */
  resetPeak(): void {
    writeFile(`/proc/${this.pid}/clear_refs`, resetPeak);
  }
}

const hidden = "the agent runs on this machine where its process cannot be seen";

/** Field 22; field 3 is the first behind the name, which may have blanks and brackets in it. */
const startTicksAt = 22 - 3;

function identityOf(stat: string): Identity {
  const name = stat.slice(stat.indexOf("(") + 1, stat.lastIndexOf(")"));
  return {
    pid: Number.parseInt(stat, 10),
    name,
    startTicks: stat.slice(stat.lastIndexOf(")") + 2).split(" ")[startTicksAt] ?? "",
  };
}

function statusBytes(status: string, field: string): number {
  const match = new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(status);
  return Number(match?.[1]) * 1024;
}

function readProc(path: string): string {
  return textOf(readFile(path, procBytesMax));
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

/** The name of a process of this machine, or null where it has ended or cannot be seen. */
export function processName(pid: number): string | null {
  try {
    return readProc(`/proc/${pid}/comm`).trimEnd();
  } catch (error) {
    if (error instanceof SysError) return null;
    throw error;
  }
}
