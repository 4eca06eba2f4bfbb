import { readNames, type Settings } from "./config.ts";
import { getopt, type OptionSpec } from "./getopt.ts";

/** In the order in which getopt's "possibilities" list them. */
export const agentOptions: readonly OptionSpec[] = [
  { short: "h", long: "help", value: "none" },
  { short: "V", long: "version", value: "none" },
  { short: "D", long: "dump-conf", value: "none" },
  { short: "c", long: "config", value: "required" },
  { short: "l", long: "logfile", value: "required" },
  { short: "f", long: "pidfile", value: "required" },
  { short: "F", long: "fsfreeze-hook", value: "optional" },
  { short: "v", long: "verbose", value: "none" },
  { short: "m", long: "method", value: "required" },
  { short: "p", long: "path", value: "required" },
  { short: "d", long: "daemonize", value: "none" },
  { short: "b", long: "block-rpcs", value: "required" },
  // Until QEMU 9.0; unit files that still say so must keep blocking.
  { short: "b", long: "blacklist", value: "required" },
  { short: "a", long: "allow-rpcs", value: "required" },
  { short: "t", long: "statedir", value: "required" },
  { short: "r", long: "retry-path", value: "none" },
  // Not qemu-ga's.
  { short: "file-mode", long: "file-mode", value: "required" },
  { short: "policy", long: "policy", value: "required" },
  { short: "log-format", long: "log-format", value: "required" },
  { short: "audit-log", long: "audit-log", value: "required" },
  { short: "freeze-timeout", long: "freeze-timeout", value: "required" },
  // For Windows; taken and ignored elsewhere, as qemu-ga does.
  { short: "s", long: null, value: "required" },
];

const defaultFsfreezeHook = "/etc/qemu/fsfreeze-hook";

/** What a command line of the agent asks for. */
export type Invocation =
  | {
      readonly kind: "run" | "dump-conf";
      /** `-c`: the configuration file that has to exist, or null for the default one. */
      readonly configFile: string | null;
      readonly settings: Settings;
    }
  | { readonly kind: "help" | "version" | "list-commands" }
  | {
      readonly kind: "error";
      /** For stderr: getopt's own line. */
      readonly complaint: string;
      /** For stdout. The exit status is 1. */
      readonly advice: string;
    };

/**
 * Reads the agent's command line as qemu-ga does; nothing is printed here. `argv[0]` is the name the program was
 * called by. The first word that settles the matter (help, version, a list of commands, an error) wins.
 */
export function readOptions(
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Invocation {
  const settings: { -readonly [Key in keyof Settings]: Settings[Key] } = {};
  let configFile: string | null = null;
  let kind: "run" | "dump-conf" = "run";
  const posixlyCorrect = environment.POSIXLY_CORRECT !== undefined;
  for (const found of getopt(argv, { options: agentOptions, posixlyCorrect })) {
    if ("complaint" in found) {
      const advice = `Unknown option, try '${argv[0] ?? ""} --help' for more information.`;
      return { kind: "error", complaint: found.complaint, advice };
    }
    const value = found.value ?? "";
    switch (found.option) {
      case "h":
        return { kind: "help" };
      case "V":
        return { kind: "version" };
      case "D":
        kind = "dump-conf";
        break;
      case "c":
        configFile = value;
        break;
      case "l":
        settings.logFile = value;
        break;
      case "f":
        settings.pidFile = value;
        break;
      case "F":
        settings.fsfreezeHook = found.value ?? defaultFsfreezeHook;
        break;
      case "v":
        settings.verbose = true;
        break;
      case "m":
        settings.method = value;
        break;
      case "p":
        settings.path = value;
        break;
      case "d":
        settings.daemonize = true;
        break;
      case "t":
        settings.stateDir = value;
        break;
      case "r":
        settings.retryPath = true;
        break;
      case "file-mode":
        settings.fileMode = value;
        break;
      case "policy":
        settings.policyFile = value;
        break;
      case "log-format":
        settings.logFormat = value;
        break;
      case "audit-log":
        settings.auditLog = value;
        break;
      case "freeze-timeout":
        settings.freezeTimeoutSeconds = value;
        break;
      case "b":
      case "a": {
        if (value === "help" || value === "?") return { kind: "list-commands" };
        const list = found.option === "b" ? "blockRpcs" : "allowRpcs";
        settings[list] = [...(settings[list] ?? []), ...readNames(value)];
        break;
      }
    }
  }
  return { kind, configFile, settings };
}
