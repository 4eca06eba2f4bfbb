import { FrozenFleet } from "../client/fleet/frozen-fleet.ts";
import type { Outcome } from "../client/fleet/outcome.ts";
import { Stops } from "../client/fleet/stops.ts";
import { printable } from "../client/printable.ts";
import { tellFailure } from "./client-failure.ts";
import { exitCode } from "./exit-code.ts";
import { membersOfChoice } from "./fleet.ts";
import { fleetCodes, worstCode } from "./fleet-exit.ts";
import type { FleetChoice } from "./fleet-options.ts";
import type { FreezeCommandOptions } from "./freeze-options.ts";
import { type HostCommand, runInTime } from "./host-command.ts";
import type { Io } from "./io.ts";

/** Freezes many guests, runs the command once, and thaws all of them; answers the exit code. */
export async function freezeFleet(
  choice: FleetChoice,
  options: FreezeCommandOptions,
  command: HostCommand,
  io: Io,
): Promise<number> {
  const say = (text: string) => io.stderr(`guestwire freeze: ${printable(text)}\n`);
  let fleet: FrozenFleet;
  try {
    fleet = new FrozenFleet(await membersOfChoice(choice, new Stops().signal), options);
  } catch (error) {
    return tellFailure(error, "freeze", io);
  }
  let code: number;
  let frozen: Outcome<number>[] = [];
  let thawed: Outcome<number | null>[] = [];
  try {
    frozen = await fleet.freeze(choice.parallel, () => command.isStopped);
    tellFailures(frozen, say);
    // A signal that came meanwhile has its turn first.
    await new Promise((resolve) => setTimeout(resolve));
    // A command that is stopped does not run, and has the exit code for it.
    const mayRun = frozen.every(({ status }) => status === "ok") || command.isStopped;
    code = mayRun
      ? await runInTime(command, options.timeoutMs, say)
      : codeOf(frozen.filter(({ status }) => status !== "interrupted"));
  } finally {
    thawed = await fleet.thaw();
    tellFailures(thawed, say);
  }
  if (!options.quiet) tellTime(thawed, say);
  if (thawed.some(({ status }) => status !== "ok")) return codeOf(thawed);
  const thawedEarly = thawed.filter(
    ({ result }, index) => result === null && frozen[index]?.status === "ok",
  );
  for (const { member } of thawedEarly) {
    say(`${member.name}: thawed by somebody else before the command had ended`);
  }
  return thawedEarly.length > 0 && code === exitCode.done ? exitCode.refused : code;
}

function codeOf(outcomes: readonly Outcome[]): number {
  return worstCode(outcomes, fleetCodes, () => exitCode.refused);
}

function tellFailures(outcomes: readonly Outcome[], say: (text: string) => void): void {
  for (const { member, status, error } of outcomes) {
    if (status !== "ok") say(`${member.name}: ${status}: ${error}`);
  }
}

function tellTime(thawed: readonly Outcome<number | null>[], say: (text: string) => void): void {
  const times = thawed.flatMap(({ result }) => result ?? []);
  if (times.length === 0) return;
  const what = times.length === 1 ? "1 target was" : `${times.length} targets were`;
  say(`${what} frozen for ${(Math.max(...times) / 1000).toFixed(3)} s at most`);
}
