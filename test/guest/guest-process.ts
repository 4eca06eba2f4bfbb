import type { GuestShell } from "./guest-shell.ts";

const shellDeadlineMs = 30_000;

export interface GuestThread {
  readonly name: string;
  /** How often it gave the processor away to wait: each wakeup makes one. */
  readonly voluntarySwitches: number;
}

/** A process in the guest, seen through its /proc. */
export class GuestProcess {
  readonly #shell: GuestShell;
  readonly pid: number;

  constructor(shell: GuestShell, pid: number) {
    this.#shell = shell;
    this.pid = pid;
  }

  /** A line of /proc/PID/status, without its name. @throws when the process is gone or the line is not there */
  async status(field: string): Promise<string> {
    const line = await this.#text(`grep '^${field}:' /proc/${this.pid}/status`);
    return line.slice(field.length + 1).trim();
  }

  /** Anonymous memory in KiB: what no page cache can give back. Needs Linux 4.5. */
  async anonymousKiB(): Promise<number> {
    return Number.parseInt(await this.status("RssAnon"), 10);
  }

  /** The threads, by thread id; the first one started has the id of the process. */
  async threads(): Promise<Map<number, GuestThread>> {
    const listing = await this.#text(`
      cd /proc/${this.pid}/task
      for id in *; do
        echo "$id $(sed -n 's/^voluntary_ctxt_switches:[^0-9]*//p' "$id/status") $(cat "$id/comm")"
      done`);
    return new Map(
      listing
        .trim()
        .split("\n")
        .map((line) => {
          const [id, switches, ...name] = line.split(" ");
          return [Number(id), { name: name.join(" "), voluntarySwitches: Number(switches) }];
        }),
    );
  }

  /** Clock ticks from boot to the start of the process: another process with the same id has another one. */
  async startTicks(): Promise<number> {
    const stat = await this.#text(`cat /proc/${this.pid}/stat`);
    // The name in parentheses may hold blanks; field 22 of proc_pid_stat(5) is the 20th after it.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return Number(fields[19]);
  }

  /** The open descriptors, number to what they lead to, as /proc/PID/fd has them. */
  async descriptors(): Promise<Map<number, string>> {
    const listing = await this.#text(
      `cd /proc/${this.pid}/fd && for fd in *; do echo "$fd $(readlink "$fd")"; done`,
    );
    return new Map(
      listing
        .trim()
        .split("\n")
        .map((line) => {
          const blank = line.indexOf(" ");
          return [Number(line.slice(0, blank)), line.slice(blank + 1)];
        }),
    );
  }

  /** Sends a signal, by the name `kill -l` gives without "SIG". */
  async signal(name: string): Promise<void> {
    await this.#text(`kill -${name} ${this.pid}`);
  }

  async #text(script: string): Promise<string> {
    const { status, stdout, stderr } = await this.#shell.run(script, shellDeadlineMs);
    if (status !== 0) throw new Error(`Process ${this.pid}: ${script}: status ${status} ${stderr}`);
    return stdout;
  }
}
