import { isWritable } from "../../../native/file-access.ts";
import { unknownNames } from "../../agent/command-filter.ts";
import { allCommands } from "../../commands/registry.ts";
import { type Check, failure, listed, ok, skipped, warning } from "../finding.ts";
import type { System } from "../system.ts";
import { passedOn } from "./port.ts";

const topic = "Files";

export const configuration: Check<System> = {
  id: "config",
  topic,
  expected: "the configuration can be read, and all of it means something",
  look({ settings }) {
    if ("error" in settings)
      return failure(settings.error, "mend the file: the agent does not start with it");
    const { config, warnings } = settings;
    const names = () => allCommands().map(({ name }) => name);
    const complaints = [...warnings, ...unknownNames(config, names)];
    if (complaints.length > 0) {
      return warning(
        listed(complaints),
        "mend it: a name that is misspelt blocks or allows nothing",
      );
    }
    const { method, path } = config;
    return ok(`valid: ${method}, ${path ?? passedOn}`);
  },
};

export const stateFolder: Check<System> = {
  id: "state-folder",
  topic,
  expected: "the agent can write its state, and nobody else can",
  look({ tree, settings }) {
    if ("error" in settings) return skipped("the configuration is not valid");
    return folderOutcome(tree.real(settings.config.stateDir), settings.config.stateDir, tree);
  },
};

export const log: Check<System> = {
  id: "log-file",
  topic,
  expected: "the folder of the log file can be written to",
  look({ tree, settings }) {
    if ("error" in settings) return skipped("the configuration is not valid");
    const { logFile } = settings.config;
    if (logFile === null)
      return ok("none is configured: it logs to its service manager or the system log");
    const folder = logFile.slice(0, logFile.lastIndexOf("/")) || "/";
    return folderOutcome(tree.real(folder), folder, tree);
  },
};

export const auditLog: Check<System> = {
  id: "audit-log",
  topic,
  expected: "the audit log, if one is configured, can be written and is nobody else's",
  look({ tree, settings }) {
    if ("error" in settings) return skipped("the configuration is not valid");
    const { auditLog: path } = settings.config;
    if (path === null) return ok("none is configured");
    if (path === "journal") return ok("it goes to the journal");
    const status = tree.status(path);
    if (status !== null && status.type !== "file") {
      return failure(`${path} is no file`, "name one: the agent appends to nothing else");
    }
    if (status !== null && (status.mode & othersRead) !== 0) {
      const advice = `chmod 600 ${path}: it tells what hosts have done`;
      return warning(`others can read or write ${path}`, advice);
    }
    const folder = path.slice(0, path.lastIndexOf("/")) || "/";
    return folderOutcome(tree.real(folder), folder, tree);
  },
};

const othersRead = 0o077;
const othersWrite = 0o002;
const sticky = 0o1000;

function folderOutcome(real: string, folder: string, tree: System["tree"]) {
  const status = tree.status(folder);
  if (status === null) {
    return failure(
      `there is no ${folder}`,
      `mkdir -p ${folder}, or have tmpfiles.d make it at boot`,
    );
  }
  if (status.type !== "directory") return failure(`${folder} is no folder`, "name a folder");
  if (!isWritable(real)) {
    // Only root can tell for root.
    if (process.getuid?.() !== 0)
      return skipped(`${folder} is closed to this user; run it as root`);
    const advice = "mount it for writing, or name another folder (statedir, logfile, audit-log)";
    return failure(`${folder} cannot be written to`, advice);
  }
  if ((status.mode & othersWrite) !== 0 && (status.mode & sticky) === 0) {
    const advice = `chmod o-w ${folder}: others can put files in the place of the agent's`;
    return warning(`everybody can write to ${folder}`, advice);
  }
  return ok(folder);
}
