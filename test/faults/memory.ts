import { readFileSync, writeFileSync } from "node:fs";

const kibPerMib = 1024;

/** The highest that a process has resident, over what it had at the beginning. */
export class PeakMemory {
  readonly #pid: number;
  readonly #restKib: number;

  /** Resets the kernel's own count of the peak (proc_pid_clear_refs(5)). */
  constructor(pid: number) {
    this.#pid = pid;
    this.#restKib = statusKib(pid, "VmRSS");
    writeFileSync(`/proc/${pid}/clear_refs`, "5");
  }

  get mib(): number {
    return (statusKib(this.#pid, "VmHWM") - this.#restKib) / kibPerMib;
  }
}

export function residentMib(pid: number): number {
  return statusKib(pid, "VmRSS") / kibPerMib;
}

/** In the words of the rows: the lowest bound that holds, since the figure itself is another one each time. */
export function boundWords(mib: number, ...boundsMib: readonly number[]): string {
  const bound = boundsMib.find((each) => mib <= each);
  return bound === undefined ? `more than ${boundsMib.at(-1)} MiB` : `at most ${bound} MiB`;
}

function statusKib(pid: number, name: string): number {
  const status = readFileSync(`/proc/${pid}/status`, "latin1");
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(status)?.[1]);
}
