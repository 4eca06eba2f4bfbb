import { defaultPath } from "../channels/open.ts";
import { formatGroup } from "../linux/key-file.ts";
import { permissionText } from "../linux/permission-text.ts";

/** Everything the agent is told by its configuration file and its command line, under the names of the flags. */
export interface Config {
  /** `virtio-serial`, `isa-serial`, `unix-listen`, `vsock-listen`; any other word fails when the channel is opened. */
  readonly method: string;
  /** Null while unknown: see `withChannel`. */
  readonly path: string | null;
  /** Null: stderr. */
  readonly logFile: string | null;
  readonly pidFile: string;
  readonly stateDir: string;
  /** Null: no hook. */
  readonly fsfreezeHook: string | null;
  readonly verbose: boolean;
  readonly daemonize: boolean;
  readonly retryPath: boolean;
  /** Names that are refused. */
  readonly blockRpcs: readonly string[];
  /** Unless empty: the only names that are not refused. */
  readonly allowRpcs: readonly string[];
  /** Permission bits of files that the host makes; null: the agent's own choice. */
  readonly fileMode: number | null;
  /** How long the hook may take, each time; null: the agent's own choice. */
  readonly fsfreezeHookSeconds: number | null;
  /** The policy, which has to exist; null: the default one, which need not. */
  readonly policyFile: string | null;
  /** Null: text. */
  readonly logFormat: LogFormat | null;
  /** What the log and the system log take in the long run; null: the agent's own choice. */
  readonly logLinesPerSecond: number | null;
  /** What they take at once; null: the agent's own choice. */
  readonly logBurstLines: number | null;
  /** A file, or `journal`; null: nothing is recorded. */
  readonly auditLog: string | null;
  /** After how long a freeze ends by itself; null: never. */
  readonly freezeTimeoutSeconds: number | null;
  /** How long all of a freeze, or of a thaw, may take; null: the agent's own choice. */
  readonly fsfreezeDeadlineSeconds: number | null;
  /** How long all of a trim may take; null: the agent's own choice. */
  readonly fstrimDeadlineSeconds: number | null;
  /** Files that hosts have open at once; null, here and below: the agent's own choice. */
  readonly openFilesMax: number | null;
  /** Programs of guest-exec that run at once. */
  readonly runningProgramsMax: number | null;
  /** Bytes of what running programs have written. */
  readonly runningOutputBytesMax: number | null;
  /** Bytes of the results that nobody has asked for. */
  readonly keptOutputBytesMax: number | null;
  /** How long such a result is kept. */
  readonly resultAgeSecondsMax: number | null;
}

export type LogFormat = "text" | "json";

type Seconds =
  | "fsfreezeHookSeconds"
  | "freezeTimeoutSeconds"
  | "fsfreezeDeadlineSeconds"
  | "fstrimDeadlineSeconds";

type Limits =
  | "openFilesMax"
  | "runningProgramsMax"
  | "runningOutputBytesMax"
  | "keptOutputBytesMax"
  | "resultAgeSecondsMax";
type Numbers = "fileMode" | "logLinesPerSecond" | "logBurstLines" | Seconds | Limits;

/** What one source, a file or a command line, says. Where it says nothing the member is absent; numbers are as written. */
export type Settings = Partial<
  Omit<Config, Numbers | "logFormat"> & Record<Numbers | "logFormat", string>
>;

/** The group of the configuration file that is read. */
export const configGroup = "general";

/** qemu-ga's defaults (its manual page). */
export const defaultConfig: Config = {
  method: "virtio-serial",
  path: null,
  logFile: null,
  pidFile: "/var/run/qemu-ga.pid",
  stateDir: "/var/run",
  fsfreezeHook: null,
  verbose: false,
  daemonize: false,
  retryPath: false,
  blockRpcs: [],
  allowRpcs: [],
  fileMode: null,
  fsfreezeHookSeconds: null,
  policyFile: null,
  logFormat: null,
  logLinesPerSecond: null,
  logBurstLines: null,
  auditLog: null,
  freezeTimeoutSeconds: null,
  fsfreezeDeadlineSeconds: null,
  fstrimDeadlineSeconds: null,
  openFilesMax: null,
  runningProgramsMax: null,
  runningOutputBytesMax: null,
  keptOutputBytesMax: null,
  resultAgeSecondsMax: null,
};

/** The configuration cannot be used; the message is qemu-ga's. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

/**
 * Defaults, overruled by the file, overruled by the command line. The lists add up.
 * @throws ConfigError `invalid file mode '%s'...` and the like
 */
export function combine(file: Settings, commandLine: Settings): Config {
  const {
    fileMode,
    fsfreezeHookSeconds,
    logFormat,
    logLinesPerSecond,
    logBurstLines,
    freezeTimeoutSeconds,
    fsfreezeDeadlineSeconds,
    fstrimDeadlineSeconds,
    ...settings
  } = { ...file, ...commandLine };
  return {
    ...defaultConfig,
    ...settings,
    fileMode: fileMode === undefined ? null : readFileMode(fileMode),
    fsfreezeHookSeconds: readSeconds("fsfreeze-hook-timeout", fsfreezeHookSeconds),
    freezeTimeoutSeconds: readSeconds("freeze-timeout", freezeTimeoutSeconds),
    fsfreezeDeadlineSeconds: readSeconds("fsfreeze-deadline", fsfreezeDeadlineSeconds),
    fstrimDeadlineSeconds: readSeconds("fstrim-deadline", fstrimDeadlineSeconds),
    logFormat: logFormat === undefined ? null : readLogFormat(logFormat),
    logLinesPerSecond:
      logLinesPerSecond === undefined ? null : readLines("log-rate", logLinesPerSecond),
    logBurstLines: logBurstLines === undefined ? null : readLines("log-burst", logBurstLines),
    ...readLimits(settings),
    blockRpcs: [...(file.blockRpcs ?? []), ...(commandLine.blockRpcs ?? [])],
    allowRpcs: [...(file.allowRpcs ?? []), ...(commandLine.allowRpcs ?? [])],
  };
}

/**
 * The configuration with its channel settled. A socket that the service manager passed on stands above method and
 * path; otherwise the path is the given one or the method's default.
 * @param activated the method of the passed socket, or null if there is none
 * @throws ConfigError `must specify a path for this channel`
 */
export function withChannel(config: Config, activated: string | null): Config {
  if (activated !== null) return { ...config, method: activated, path: null };
  const path = config.path ?? defaultPath(config.method);
  if (path === null) throw new ConfigError("must specify a path for this channel");
  return { ...config, path };
}

/**
 * A comma-separated list as qemu-ga takes it: blanks belong to the names, and each list is read backwards, which
 * `--dump-conf` shows.
 */
export function readNames(list: string): readonly string[] {
  return list === "" ? [] : list.split(",").reverse();
}

/** Three octal digits, with or without a 0 before them. @throws ConfigError */
function readFileMode(text: string): number {
  if (/^0?[0-7]{3}$/.test(text)) return Number.parseInt(text, 8);
  throw new ConfigError(`invalid file mode '${text}', expected an octal one such as 0600`);
}

/** Up to eleven days. @throws ConfigError */
function readSeconds(key: string, text: string | undefined): number | null {
  if (text === undefined) return null;
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new ConfigError(`invalid ${key} '${text}', expected seconds such as 600`);
}

/** @throws ConfigError */
function readLogFormat(text: string): LogFormat {
  if (text === "text" || text === "json") return text;
  throw new ConfigError(`invalid log format '${text}', expected text or json`);
}

/** One to a million less one. @throws ConfigError */
function readLines(key: string, text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new ConfigError(`invalid ${key} '${text}', expected a number of lines such as 100`);
}

/** @throws ConfigError */
function readLimits(settings: Partial<Record<Limits, string>>): Pick<Config, Limits> {
  return {
    openFilesMax: readCount("max-open-files", settings.openFilesMax),
    runningProgramsMax: readCount("max-programs", settings.runningProgramsMax),
    runningOutputBytesMax: readCount("max-running-output", settings.runningOutputBytesMax),
    keptOutputBytesMax: readCount("max-kept-output", settings.keptOutputBytesMax),
    resultAgeSecondsMax: readCount("max-result-age", settings.resultAgeSecondsMax),
  };
}

/** A whole number; one beyond 2^31 - 1 is a slip. @throws ConfigError */
function readCount(key: string, text: string | undefined): number | null {
  if (text === undefined) return null;
  const count = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (count <= 2 ** 31 - 1) return count;
  throw new ConfigError(`invalid ${key} '${text}', expected a number up to 2147483647`);
}

type MembersOf<Type> = {
  [Member in keyof Config]: Config[Member] extends Type ? Member : never;
}[keyof Config];

/** A key of the configuration file and the member it is read into. */
export type ConfigKey =
  | { readonly key: string; readonly kind: "switch"; readonly member: MembersOf<boolean> }
  | { readonly key: string; readonly kind: "text"; readonly member: MembersOf<string | null> }
  | { readonly key: string; readonly kind: "names"; readonly member: MembersOf<readonly string[]> }
  | {
      readonly key: string;
      readonly kind: "mode" | "seconds" | "lines" | "count";
      readonly member: Numbers;
    };

/** The keys of the group `general`, in the order in which qemu-ga reads and dumps them; then our own. */
export const configKeys: readonly ConfigKey[] = [
  { key: "daemon", kind: "switch", member: "daemonize" },
  { key: "method", kind: "text", member: "method" },
  { key: "path", kind: "text", member: "path" },
  { key: "logfile", kind: "text", member: "logFile" },
  { key: "pidfile", kind: "text", member: "pidFile" },
  { key: "fsfreeze-hook", kind: "text", member: "fsfreezeHook" },
  { key: "statedir", kind: "text", member: "stateDir" },
  { key: "verbose", kind: "switch", member: "verbose" },
  { key: "retry-path", kind: "switch", member: "retryPath" },
  { key: "block-rpcs", kind: "names", member: "blockRpcs" },
  { key: "allow-rpcs", kind: "names", member: "allowRpcs" },
  { key: "file-mode", kind: "mode", member: "fileMode" },
  { key: "fsfreeze-hook-timeout", kind: "seconds", member: "fsfreezeHookSeconds" },
  { key: "policy", kind: "text", member: "policyFile" },
  { key: "log-format", kind: "text", member: "logFormat" },
  { key: "log-rate", kind: "lines", member: "logLinesPerSecond" },
  { key: "log-burst", kind: "lines", member: "logBurstLines" },
  { key: "audit-log", kind: "text", member: "auditLog" },
  { key: "freeze-timeout", kind: "seconds", member: "freezeTimeoutSeconds" },
  { key: "fsfreeze-deadline", kind: "seconds", member: "fsfreezeDeadlineSeconds" },
  { key: "fstrim-deadline", kind: "seconds", member: "fstrimDeadlineSeconds" },
  { key: "max-open-files", kind: "count", member: "openFilesMax" },
  { key: "max-programs", kind: "count", member: "runningProgramsMax" },
  { key: "max-running-output", kind: "count", member: "runningOutputBytesMax" },
  { key: "max-kept-output", kind: "count", member: "keptOutputBytesMax" },
  { key: "max-result-age", kind: "count", member: "resultAgeSecondsMax" },
];

/** The configuration as a configuration file, which is what `--dump-conf` prints. What is null is left out. */
export function dumpConfig(config: Config): string {
  const entries: [key: string, value: string | boolean][] = [];
  for (const { key, kind, member } of configKeys) {
    const value = config[member];
    if (value === null) continue;
    if (typeof value === "number") {
      entries.push([key, kind === "mode" ? permissionText(value) : String(value)]);
    } else entries.push([key, typeof value === "object" ? value.join(",") : value]);
  }
  return formatGroup(configGroup, entries);
}
