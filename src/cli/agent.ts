import { SysError } from "../../native/errno.ts";
import { ignoreSigpipe, unsetEnvironment } from "../../native/process.ts";
import { openSyslog } from "../../native/syslog.ts";
import {
  type Activation,
  ActivationError,
  adoptListener,
  takeListenCount,
} from "../agent/activation.ts";
import { Agent } from "../agent/agent.ts";
import { unknownNames } from "../agent/command-filter.ts";
import { type Config, ConfigError, dumpConfig, withChannel } from "../agent/config.ts";
import { loadConfig } from "../agent/config-file.ts";
import { DaemonChild } from "../agent/daemon-child.ts";
import { FrozenState } from "../agent/freezing.ts";
import { FrozenMark } from "../agent/frozen-mark.ts";
import { isJournal } from "../agent/journal-stream.ts";
import { Log, processOutlets } from "../agent/log.ts";
import { logLine } from "../agent/log-line.ts";
import type { LogLimits } from "../agent/log-rate.ts";
import { observersOf } from "../agent/observers.ts";
import { type Invocation, readOptions } from "../agent/options.ts";
import type { PidFile } from "../agent/pid-file.ts";
import { StateError, StateFile } from "../agent/state-file.ts";
import { ChannelError, MethodError } from "../channels/channel.ts";
import { allCommands } from "../commands/registry.ts";
import { lastName } from "../linux/paths.ts";
import type { Io } from "./io.ts";

function commandNames(): string[] {
  return allCommands().map(({ name }) => name);
}

/** The agent cannot start; what there is to say has been logged. */
class StartFailure extends Error {
  override readonly name = "StartFailure";
}

/** Runs the agent as its command line says; answers the exit code, which is qemu-ga's. */
export async function runAgent(argv: readonly string[], io: Io): Promise<number> {
  const calledAs = argv[0] ?? "guestwire";
  const invocation = readOptions(argv, process.env);
  switch (invocation.kind) {
    case "help":
      io.stdout((await import("../agent/help.ts")).helpText(calledAs));
      return 0;
    case "version":
      io.stdout((await import("./version.ts")).versionText(calledAs));
      return 0;
    case "list-commands":
      io.stdout(`${commandNames().join("\n")}\n`);
      return 0;
    case "error":
      io.stderr(`${invocation.complaint}\n`);
      io.stdout(`${invocation.advice}\n`);
      return 1;
    default:
      return start(invocation, argv, io);
  }
}

type StartInvocation = Extract<Invocation, { readonly kind: "run" | "dump-conf" }>;

async function start(
  invocation: StartInvocation,
  argv: readonly string[],
  io: Io,
): Promise<number> {
  ignoreSigpipe();
  const child = DaemonChild.take(process.env, unsetEnvironment);
  try {
    const loaded = loadConfig(invocation.configFile, invocation.settings, process.env);
    for (const warning of loaded.warnings) io.stderr(`${warning}\n`);
    const listenCount =
      child?.listenCount ?? takeListenCount(process.env, process.pid, unsetEnvironment);
    const activation = adoptListener(listenCount);
    const config = withChannel(loaded.config, activation?.method ?? null);
    if (invocation.kind === "dump-conf") {
      io.stdout(dumpConfig(config));
      return 0;
    }
    if (config.daemonize && child === null) return startInBackground(argv, activation, io);
    openSyslog(lastName(argv[0] ?? "guestwire"));
    await serve(config, activation, child, io);
    return 0;
  } catch (error) {
    if (error instanceof ConfigError || error instanceof ActivationError) {
      io.stderr(`${error.message}\n`);
    } else if (!(error instanceof StartFailure)) {
      throw error;
    }
    child?.fail("", 1);
    return 1;
  }
}

async function startInBackground(
  argv: readonly string[],
  activation: Activation | null,
  io: Io,
): Promise<number> {
  const { startDaemon } = await import("../agent/daemonize.ts");
  try {
    const outcome = startDaemon({
      path: process.execPath,
      argv,
      environment: process.env,
      listeners: activation === null ? [] : [activation.listener],
    });
    io.stderr(outcome.text);
    return outcome.exitCode;
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    io.stderr(`failed to start the daemon: ${error.message}\n`);
    return 1;
  }
}

/** Opens what the agent needs and serves until it is told to end. @throws StartFailure */
async function serve(
  config: Config,
  activation: Activation | null,
  child: DaemonChild | null,
  io: Io,
): Promise<void> {
  const mark = new FrozenMark(config.stateDir);
  const isFrozen = isMarkedFrozen(mark, io);
  const log = openLog(config, isFrozen);
  const freezing = new FrozenState(mark, log, isFrozen);
  // While frozen the log would keep to itself why there will be no agent.
  const report = isFrozen ? reportOnStderr : (message: string) => log.critical(message);
  // A misspelt block list blocks nothing: that has to be seen.
  for (const warning of unknownNames(config, commandNames)) log.critical(warning);
  const state = loadState(config, isFrozen, log, report);
  if (isFrozen) freezing.whenThawed(() => state.create());
  const { witness, audit } = observersOf(config, log, freezing);
  const agent = new Agent({ config, activation, log, handleNumbers: state, freezing, witness });
  let pidFile: PidFile | null = null;
  try {
    openChannel(agent, report);
    if (child !== null) {
      freezing.whenThawed(() => {
        pidFile = createPidFile(config, report);
      });
    }
    child?.ready();
    await agent.run();
  } finally {
    agent.close();
    if (!freezing.isFrozen) {
      logFailure(log, () => pidFile?.remove());
      logFailure(log, () => state.close());
    }
    audit?.close();
    log.close();
  }
}

/** The log is silent while frozen, so that it starts frozen is said here. */
function isMarkedFrozen(mark: FrozenMark, io: Io): boolean {
  try {
    if (!mark.exists()) return false;
    io.stderr(`${mark.path} exists: file systems are taken for frozen until guest-fsfreeze-thaw\n`);
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    io.stderr(`unable to access state file at path ${mark.path}: ${error.text}\n`);
  }
  return true;
}

function openLog(config: Config, isFrozen: boolean): Log {
  try {
    return new Log(
      {
        verbose: config.verbose,
        file: config.logFile,
        isFrozen,
        format: config.logFormat ?? "text",
        stderrIsJournal: isJournal(process.env.JOURNAL_STREAM),
        limits: limitsOf(config),
      },
      processOutlets,
    );
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    throw failed(
      reportOnStderr,
      error,
      `unable to open specified log file: ${error.text}`,
      "error initializing guest agent",
    );
  }
}

/** What is configured of them. */
function limitsOf({ logLinesPerSecond, logBurstLines }: Config): Partial<LogLimits> {
  return {
    ...(logLinesPerSecond !== null && { linesPerSecond: logLinesPerSecond }),
    ...(logBurstLines !== null && { burstLines: logBurstLines }),
  };
}

function loadState(config: Config, isFrozen: boolean, log: Log, report: Report): StateFile {
  try {
    return StateFile.load(config.stateDir, isFrozen, log);
  } catch (error) {
    if (!(error instanceof StateError)) throw error;
    throw failed(report, error, ...error.reasons, error.message, "error initializing guest agent");
  }
}

function openChannel(agent: Agent, report: Report): void {
  try {
    agent.open();
  } catch (error) {
    if (!(error instanceof ChannelError)) throw error;
    const attempt = error instanceof MethodError ? [] : ["failed to create guest agent channel"];
    const consequence = "failed to initialize guest agent channel";
    throw failed(report, error, error.message, ...attempt, consequence);
  }
}

function createPidFile(config: Config, report: Report): PidFile {
  const { PidFile, PidFileError } =
    require("../agent/pid-file.ts") as typeof import("../agent/pid-file.ts");
  try {
    return PidFile.create(config.pidFile, process.pid);
  } catch (error) {
    if (!(error instanceof PidFileError)) throw error;
    throw failed(report, error, error.message);
  }
}

/** Takes what is to be said about a start that fails. */
type Report = (message: string) => void;

function reportOnStderr(message: string): void {
  processOutlets.stderr(logLine(processOutlets.nowUs(), "critical", message));
}

function failed(report: Report, cause: Error, ...messages: string[]): StartFailure {
  for (const message of messages) report(message);
  return new StartFailure(cause.message, { cause });
}

/** At the end a failure is worth a line, and no reason not to finish the rest. */
function logFailure(log: Log, act: () => void): void {
  try {
    act();
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    log.warning(error.message);
  }
}
