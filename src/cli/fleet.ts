import { membersOf } from "../client/fleet/expand.ts";
import { inParallel } from "../client/fleet/in-turn.ts";
import { wordsOf } from "../client/fleet/list.ts";
import type { Member } from "../client/fleet/member.ts";
import { InterruptedError, type Outcome } from "../client/fleet/outcome.ts";
import { Stops } from "../client/fleet/stops.ts";
import { summaryOf } from "../client/fleet/summary.ts";
import { TargetError } from "../client/targets/target.ts";
import { tellFailure } from "./client-failure.ts";
import { exitCode } from "./exit-code.ts";
import { type FleetCodes, fleetCodes, worstCode } from "./fleet-exit.ts";
import type { FleetChoice } from "./fleet-options.ts";
import { FleetSignals } from "./fleet-signals.ts";
import type { Io } from "./io.ts";
import { inputOf, isBrokenPipe } from "./standard-io.ts";

/** What is done with many guests, and how it is told. */
export interface FleetWork<Result> {
  /** The subcommand. */
  readonly name: string;
  /** Asks one guest. @throws what says nothing of the guest */
  turn(member: Member, stops: Stops): Promise<Outcome<Result>>;
  /** Tells of one that is done, in the order that they are. */
  tell(outcome: Outcome<Result>): void | Promise<void>;
  /** Tells what is left to tell, in the order of the targets. */
  tellAll?(outcomes: readonly Outcome<Result>[]): void;
  /** Where they are not those of every subcommand. */
  readonly codes?: FleetCodes;
  failedCode?(outcome: Outcome<Result>): number;
}

/** Does one thing with many guests; answers the exit code. */
export async function runFleet<Result>(
  choice: FleetChoice,
  work: FleetWork<Result>,
  io: Io,
): Promise<number> {
  const stops = new Stops();
  using signals = new FleetSignals(stops);
  try {
    const members = await membersOfChoice(choice, stops.signal);
    const turn = async (member: Member) => {
      const outcome = await work.turn(member, stops);
      await work.tell(outcome);
      return outcome;
    };
    const outcomes = await inParallel(members, choice.parallel, turn, () => stops.breakOff());
    work.tellAll?.(outcomes);
    io.stderr(`${summaryOf(outcomes)}\n`);
    const { codes = fleetCodes, failedCode = () => exitCode.refused } = work;
    return signals.code ?? worstCode(outcomes, codes, failedCode);
  } catch (error) {
    if (error instanceof InterruptedError) return signals.code ?? exitCode.interrupted;
    if (isBrokenPipe(error)) return exitCode.brokenPipe;
    return tellFailure(error, work.name, io);
  }
}

/** The guests that were asked for. @throws TargetError; the signal's reason */
export async function membersOfChoice(
  { words, lists, isAll }: FleetChoice,
  signal: AbortSignal,
): Promise<Member[]> {
  const listed = lists.length === 0 ? [] : await wordsOf(lists, readList);
  return membersOf([...words, ...listed], { isAll, signal });
}

async function* readList(source: string): AsyncGenerator<Uint8Array> {
  // Not imported for the sake of the agent's start, see LineStream.connect.
  const { createReadStream } = process.getBuiltinModule("node:fs");
  try {
    if (source === "-") yield* inputOf(process.stdin);
    else yield* createReadStream(source) as AsyncIterable<Uint8Array>;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new TargetError(`Cannot read "${source}": ${code}`, { cause: error });
  }
}
