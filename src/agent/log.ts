import { realtimeNs } from "../../native/clock.ts";
import { SysError } from "../../native/errno.ts";
import { writeStandard } from "../../native/standard-streams.ts";
import { Syslog } from "../../native/structs.ts";
import { syslog } from "../../native/syslog.ts";
import { isDiskTrouble } from "./disk-trouble.ts";
import { LogFile } from "./log-file.ts";
import { type LineFormat, type LogLevel, printable, type Remark, textLine } from "./log-line.ts";
import type { LogPace } from "./log-pace.ts";
import type { LogLimits } from "./log-rate.ts";

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
  readonly format?: "text" | "json";
  /** What is on stderr goes to the journal, which takes levels (sd-daemon(3)). */
  readonly stderrIsJournal?: boolean;
  readonly limits?: Partial<LogLimits>;
}

/** A finished line: escaped and cut, so that what is held back is bounded in size too. */
interface LogEntry {
  readonly outlet: "log";
  readonly text: string;
  readonly level: LogLevel;
}

type Entry = LogEntry | { readonly outlet: "syslog"; readonly text: string };

/** What else is known of a message. */
type About = Pick<Remark, "command" | "id">;

/** Levels of syslog(3), as the journal takes them in front of a line. */
const priorities: Readonly<Record<LogLevel, number>> = {
  error: 3,
  critical: 3,
  warning: 4,
  message: 5,
  info: 6,
  debug: 7,
};

/** The agent's log. Logging never throws, and while file systems are frozen it writes nowhere. */
export class Log {
  /** Whether everything is logged. */
  readonly isVerbose: boolean;
  readonly #options: LogOptions;
  readonly #format: LineFormat;
  readonly #path: string | null;
  readonly #outlets: LogOutlets;
  #file: LogFile | null = null;
  /** It has been told that the log file fails, and not that it works again. */
  #isFileFailing = false;
  /** Lines that went to stderr since then. */
  #strayCount = 0;
  #isFrozen: boolean;
  readonly #held: Entry[] = [];
  #droppedCount = 0;
  #madePace: LogPace | null = null;

  /**
   * @throws SysError when the log file cannot be opened (`unable to open specified log file: ERR`); not where its disk
   *   is in trouble: then lines go to stderr until that is over
   */
  constructor(options: LogOptions, outlets: LogOutlets) {
    this.isVerbose = options.verbose;
    this.#options = options;
    this.#format =
      options.format === "json"
        ? (require("./log-json.ts") as typeof import("./log-json.ts")).jsonLine
        : textLine;
    this.#path = options.file;
    this.#outlets = outlets;
    this.#isFrozen = options.isFrozen;
    if (this.#path !== null && !this.#isFrozen) this.#openFile(this.#path);
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

  info(message: string, about?: About): void {
    this.#log("info", message, about);
  }

  debug(message: string, about?: About): void {
    this.#log("debug", message, about);
  }

  /** What a host had done to this guest: to the system log, whatever the verbosity. */
  audit(text: string): void {
    this.#pace.audit(text, this.#outlets.nowUs());
  }

  /** From now on lines are held back. Before the first file system freezes. */
  freeze(): void {
    // Loaded before, not while.
    void this.#pace;
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
    this.#madePace?.flush(this.#outlets.nowUs());
    const file = this.#file;
    this.#file = null;
    this.#orToStderr(() => file?.close());
  }

  #openFile(path: string): void {
    try {
      this.#file = new LogFile(path);
    } catch (error) {
      if (!(error instanceof SysError) || !isDiskTrouble(error)) throw error;
      this.#tellOfFailure(error);
    }
  }

  #log(level: LogLevel, message: string, about?: About): void {
    if (!this.isVerbose && level !== "error" && level !== "critical") return;
    this.#pace.log({ ...about, level, message }, this.#outlets.nowUs());
  }

  /** Most agents never log a line: what this takes is loaded with the first. */
  get #pace(): LogPace {
    if (this.#madePace !== null) return this.#madePace;
    const { LogPace } = require("./log-pace.ts") as typeof import("./log-pace.ts");
    this.#madePace = new LogPace(this.#options.limits ?? {}, {
      log: (remark, nowUs) => this.#take(this.#entry(remark, nowUs)),
      syslog: (text) => this.#take({ outlet: "syslog", text: `info: ${printable(text)}` }),
    });
    return this.#madePace;
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

  #write(entry: Entry): void {
    if (entry.outlet === "syslog") this.#outlets.syslog(entry.text);
    else if (this.#path === null) this.#toStderr(entry);
    else this.#writeToFile(this.#path, entry);
  }

  #toStderr({ text, level }: LogEntry): void {
    const isJournal = this.#options.stderrIsJournal === true;
    this.#outlets.stderr(isJournal ? `<${priorities[level]}>${text}` : text);
  }

  #writeToFile(path: string, entry: LogEntry): void {
    const isWritten = this.#orToStderr(() => {
      this.#file ??= new LogFile(path);
      if (this.#strayCount > 0) {
        const message = `${this.#strayCount} lines before this one could not be written here`;
        this.#file.write(this.#entryNow({ level: "warning", message }).text);
        this.#strayCount = 0;
      }
      this.#file.write(entry.text);
    });
    if (isWritten) {
      this.#isFileFailing = false;
      return;
    }
    this.#strayCount++;
    this.#toStderr(entry);
  }

  /** Runs something on the log file; that it fails is told once, until it works again. */
  #orToStderr(act: () => void): boolean {
    try {
      act();
      return true;
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      this.#tellOfFailure(error);
      return false;
    }
  }

  #tellOfFailure(error: SysError): void {
    if (this.#isFileFailing) return;
    this.#isFileFailing = true;
    const message = `log file '${this.#path}' fails, going on here: ${error.text}`;
    this.#toStderr(this.#entryNow({ level: "critical", message }));
  }

  #entryNow(remark: Remark): LogEntry {
    return this.#entry(remark, this.#outlets.nowUs());
  }

  #entry(remark: Remark, nowUs: bigint): LogEntry {
    return { outlet: "log", text: this.#format(nowUs, remark), level: remark.level };
  }
}
