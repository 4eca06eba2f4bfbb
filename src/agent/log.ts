import { realtimeNs } from "../../native/clock.ts";
import { SysError } from "../../native/errno.ts";
import { writeStandard } from "../../native/standard-streams.ts";
import { Syslog } from "../../native/structs.ts";
import { syslog } from "../../native/syslog.ts";
import { LogFile } from "./log-file.ts";
import { type LogLevel, logLine, printable } from "./log-line.ts";

/** While frozen at most so many lines wait; the oldest make room and are counted. */
export const heldLinesMax = 1024;

const nsPerUs = 1000n;

/** Where a log goes besides its file. */
export interface LogOutlets {
  /** Takes one line with its newline. */
  readonly stderr: (line: string) => void;
  /** Takes one line of the system log. */
  readonly syslog: (text: string) => void;
  /** Microseconds since 1970. */
  readonly nowUs: () => bigint;
}

/** The outlets of a process; whoever uses them has called `openSyslog`. */
export const processOutlets: LogOutlets = {
  stderr: (line) => {
    try {
      writeStandard(2, line);
    } catch (error) {
      // Closed or full, and there is nobody left to tell.
      if (!(error instanceof SysError)) throw error;
    }
  },
  syslog: (text) => syslog(Syslog.LOG_INFO, text),
  nowUs: () => realtimeNs() / nsPerUs,
};

export interface LogOptions {
  /** Everything from `debug` up; otherwise `error` and `critical` alone. */
  readonly verbose: boolean;
  /** Null: stderr. */
  readonly file: string | null;
  /** File systems are frozen already: the file is not opened before the thaw. */
  readonly isFrozen: boolean;
}

/** A finished line: escaped and cut, so that what is held back is bounded in size too. */
interface Entry {
  readonly outlet: "log" | "syslog";
  readonly text: string;
}

/** The agent's log. Logging never throws, and while file systems are frozen it writes nowhere. */
export class Log {
  readonly #isVerbose: boolean;
  readonly #path: string | null;
  readonly #outlets: LogOutlets;
  #file: LogFile | null = null;
  /** Lines that went to stderr since the log file began to fail; 0 while it works. */
  #strayCount = 0;
  #isFrozen: boolean;
  readonly #held: Entry[] = [];
  #droppedCount = 0;

  /** @throws SysError when the log file cannot be opened (`unable to open specified log file: ERR`) */
  constructor(options: LogOptions, outlets: LogOutlets) {
    this.#isVerbose = options.verbose;
    this.#path = options.file;
    this.#outlets = outlets;
    this.#isFrozen = options.isFrozen;
    if (this.#path !== null && !this.#isFrozen) this.#file = new LogFile(this.#path);
  }

  /** The agent cannot go on. */
  error(message: string): void {
    this.#log("error", message);
  }

  /** Something asked for was not done. */
  critical(message: string): void {
    this.#log("critical", message);
  }

  warning(message: string): void {
    this.#log("warning", message);
  }

  message(message: string): void {
    this.#log("message", message);
  }

  info(message: string): void {
    this.#log("info", message);
  }

  debug(message: string): void {
    this.#log("debug", message);
  }

  /** What a host had done to this guest: to the system log, whatever the verbosity. */
  audit(text: string): void {
    this.#take({ outlet: "syslog", text: `info: ${printable(text)}` });
  }

  /** From now on lines are held back. Before the first file system freezes. */
  freeze(): void {
    this.#isFrozen = true;
  }

  /** Writes what was held back. After the last file system is thawed. */
  thaw(): void {
    if (!this.#isFrozen) return;
    this.#isFrozen = false;
    const path = this.#path;
    if (path !== null) {
      this.#orToStderr(() => {
        this.#file ??= new LogFile(path);
      });
    }
    for (const held of this.#held.splice(0)) this.#write(held);
    if (this.#droppedCount > 0) {
      this.warning(`${this.#droppedCount} older lines were dropped while file systems were frozen`);
      this.#droppedCount = 0;
    }
    this.warning("logging re-enabled due to filesystem unfreeze");
  }

  close(): void {
    const file = this.#file;
    this.#file = null;
    this.#orToStderr(() => file?.close());
  }

  #log(level: LogLevel, message: string): void {
    if (!this.#isVerbose && level !== "error" && level !== "critical") return;
    this.#take({ outlet: "log", text: this.#line(level, message) });
  }

  #take(entry: Entry): void {
    if (!this.#isFrozen) {
      this.#write(entry);
      return;
    }
    this.#held.push(entry);
    if (this.#held.length <= heldLinesMax) return;
    this.#held.shift();
    this.#droppedCount++;
  }

  #write({ outlet, text }: Entry): void {
    if (outlet === "syslog") this.#outlets.syslog(text);
    else if (this.#path === null) this.#outlets.stderr(text);
    else this.#writeToFile(this.#path, text);
  }

  #writeToFile(path: string, line: string): void {
    const isWritten = this.#orToStderr(() => {
      this.#file ??= new LogFile(path);
      if (this.#strayCount > 0) {
        const notice = `${this.#strayCount} lines before this one could not be written here`;
        this.#file.write(this.#line("warning", notice));
        this.#strayCount = 0;
      }
      this.#file.write(line);
    });
    if (isWritten) return;
    this.#strayCount++;
    this.#outlets.stderr(line);
  }

  /** Runs something on the log file; that it fails is told once, until it works again. */
  #orToStderr(act: () => void): boolean {
    try {
      act();
      return true;
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      if (this.#strayCount === 0) {
        const notice = `log file '${this.#path}' fails, going on here: ${error.text}`;
        this.#outlets.stderr(this.#line("critical", notice));
      }
      return false;
    }
  }

  #line(level: LogLevel, message: string): string {
    return logLine(this.#outlets.nowUs(), level, message);
  }
}
