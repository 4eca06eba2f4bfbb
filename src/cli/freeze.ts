import {
  FrozenAlreadyError,
  FrozenGuest,
  StillFrozenError,
} from "../client/freeze/frozen-guest.ts";
import { printable } from "../client/printable.ts";
import { connectTo } from "../client/targets/connect.ts";
import type { Target } from "../client/targets/target.ts";
import { tellFailure } from "./client-failure.ts";
import { exitCode } from "./exit-code.ts";
import { freezeFleet } from "./freeze-fleet.ts";
import { type FreezeCommandOptions, readFreeze, usage } from "./freeze-options.ts";
import { HostCommand, runInTime } from "./host-command.ts";
import type { Io } from "./io.ts";
import { readCommandLine } from "./read-command-line.ts";

const stopSignals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Runs `guestwire freeze`; answers the exit code. */
export async function freeze(args: readonly string[], io: Io): Promise<number> {
  const options = readCommandLine({ name: "freeze", usage }, () => readFreeze(args), io);
  if (typeof options === "number") return options;
  const command = new HostCommand(options.argv);
  for (const signal of stopSignals) process.on(signal, () => command.stop(signal));
  const { target } = options;
  if (target.kind === "fleet") return freezeFleet(target, options, command, heard(io));
  return runFrozen(target, options, command, heard(io));
}

/** Whoever reads what is said may be gone, which must not keep a guest from being thawed. */
function heard(io: Io): Io {
  return {
    ...io,
    stderr(text) {
      try {
        io.stderr(text);
      } catch (error) {
        if ((error as { code?: unknown }).code !== "EPIPE") throw error;
      }
    },
  };
}

async function runFrozen(
  target: Target,
  options: FreezeCommandOptions,
  command: HostCommand,
  io: Io,
): Promise<number> {
  const say = (text: string) => io.stderr(`guestwire freeze: ${printable(text)}\n`);
  const guest = new FrozenGuest(() => connectTo(target), options);
  let code: number;
  let count = 0;
  try {
    count = await guest.freeze();
    // A signal that came meanwhile has its turn first.
    await new Promise((resolve) => setTimeout(resolve));
    code = await runUnlessNothing(count, options, command, say);
  } catch (error) {
    code = tellRefusal(error, say, io);
  }
  try {
    const frozenMs = await guest.thaw();
    if (frozenMs !== null && !options.quiet) {
      const what = count === 1 ? "1 file system was" : `${count} file systems were`;
      say(`${what} frozen for ${(frozenMs / 1000).toFixed(3)} s`);
    } else if (frozenMs === null && count > 0) {
      say("the guest was thawed by somebody else before the command had ended");
      return code === exitCode.done ? exitCode.refused : code;
    }
    return code;
  } catch (error) {
    if (!(error instanceof StillFrozenError)) throw error;
    say(error.message);
    return exitCode.transport;
  } finally {
    guest.close();
  }
}

async function runUnlessNothing(
  count: number,
  { mounts, timeoutMs }: FreezeCommandOptions,
  command: HostCommand,
  say: (text: string) => void,
): Promise<number> {
  if (count === 0) {
    say("the agent found no file system to freeze");
    return exitCode.refused;
  }
  if (count < mounts.length) say(`only ${count} of ${mounts.length} mount points were frozen`);
  return runInTime(command, timeoutMs, say);
}

function tellRefusal(error: unknown, say: (text: string) => void, io: Io): number {
  if (!(error instanceof FrozenAlreadyError)) return tellFailure(error, "freeze", io);
  say(error.message);
  return exitCode.refused;
}
