import { monotonicMs } from "../../native/clock.ts";
import { SysError } from "../../native/errno.ts";
import { FreezeFailure, freezable, mountedAt, type Thaw } from "../linux/freeze.ts";
import type { FreezeLease } from "../linux/freeze-lease.ts";
import { type FileSystem, type Mount, mountTable } from "../linux/mounts.ts";
import { Deadline } from "../linux/outside/deadline.ts";
import { FreezeCrew } from "../linux/outside/freeze-crew.ts";
import { Trouble } from "../linux/outside/trouble.ts";
import type { CommandContext } from "./context.ts";
import { HookRefused, runHook } from "./fsfreeze-hook.ts";
import { GuestError, worded, wording } from "./guest-error.ts";
import { wordingMountTable } from "./mount-table-error.ts";

/** What is written out before a freeze takes its time; a disk that answers has done so long before. */
export const freezeSecondsMaxDefault = 120;

const msPerSecond = 1000;

/**
 * Freezes, or leaves everything as it was.
 * @param mountPoints null: everything
 * @param leaseSeconds after which the freeze ends by itself; null: never
 * @throws GuestError (as a rejection)
 */
export async function freeze(
  context: CommandContext,
  mountPoints: ReadonlySet<string> | null,
  leaseSeconds: number | null,
): Promise<number> {
  context.audit("guest-fsfreeze called");
  // What was said about an earlier freeze is no more of interest.
  context.freezing.takeLeaseEnd();
  try {
    await runHook(context, "freeze");
    const count = await freezeFileSystems(context, mountPoints, leaseSeconds);
    if (count > 0) return count;
  } catch (error) {
    // The hook may have come half-way. The host is told of what failed first.
    if (!(error instanceof HookRefused)) await tryThawHook(context);
    throw error;
  }
  await runHook(context, "thaw");
  return 0;
}

async function freezeFileSystems(
  context: CommandContext,
  mountPoints: ReadonlySet<string> | null,
  leaseSeconds: number | null,
): Promise<number> {
  const { root, freezing, outside } = context;
  const all = wordingMountTable(() => freezable(root));
  const chosen = mountPoints === null ? all : mountedAt(all, mountPoints);
  const deadline = new Deadline(Math.min(outside.freezeSecondsMax, leaseSeconds ?? Infinity));
  const crew = chosen.length === 0 ? null : await gatherCrew(context, deadline);
  try {
    const held = (await crew?.hold(chosen, deadline)) ?? [];
    await enter(context, crew, held, leaseSeconds, deadline);
    const count = crew === null ? 0 : await freezeHeld(context, crew, held, deadline);
    if (count > 0) {
      freezing.crew = crew;
      return count;
    }
    freezing.leave();
  } catch (error) {
    throw error instanceof FreezeFailure ? wordedFailure(error) : error;
  } finally {
    if (freezing.crew === null) await crew?.dismiss();
  }
  return 0;
}

/** The last that is done before anything is frozen. */
async function enter(
  context: CommandContext,
  crew: FreezeCrew | null,
  held: readonly FileSystem[],
  leaseSeconds: number | null,
  deadline: Deadline,
): Promise<void> {
  const { freezing, fsfreezeHook: hook } = context;
  const lease = leaseSeconds === null ? null : beginLease(leaseSeconds);
  try {
    wording("failed to mark file systems as frozen", () => freezing.enter(lease));
    if (lease === null) return;
    const { seconds, untilMs } = lease;
    const { markPath, notePath } = freezing;
    await wordingTrouble(async () =>
      crew?.guard({ seconds, untilMs, markPath, notePath, hook }, deadline),
    );
  } catch (error) {
    crew?.letGo(held);
    freezing.leave();
    throw error;
  }
}

async function freezeHeld(
  context: CommandContext,
  crew: FreezeCrew,
  fileSystems: readonly FileSystem[],
  deadline: Deadline,
): Promise<number> {
  const { freezing, outside } = context;
  try {
    return await crew.freeze(fileSystems, deadline);
  } catch (error) {
    const { failures } = await crew.thawHeld(new Deadline(outside.freezeSecondsMax));
    freezing.leave();
    for (const failure of failures) context.audit(wordedFailure(failure).message);
    throw error;
  }
}

function gatherCrew(context: CommandContext, deadline: Deadline): Promise<FreezeCrew> {
  const { reactor, root, freezing, outside } = context;
  const options = { program: outside.program, root };
  return wordingTrouble(() => FreezeCrew.gather(reactor, options, freezing.held, deadline));
}

/** For what has to be there before anything is frozen. */
async function wordingTrouble<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof SysError || error instanceof Trouble)) throw error;
    throw worded("failed to prepare a freeze", error);
  }
}

function beginLease(seconds: number): FreezeLease {
  return { seconds, untilMs: monotonicMs() + seconds * msPerSecond, timer: null };
}

/** Thaws everything, in words for the host. @throws GuestError (as a rejection) */
export async function thaw(context: CommandContext): Promise<number> {
  const { freezing } = context;
  const { thawedCount, failures } = await thawFileSystems(context);
  freezing.leave();
  context.audit("guest-fsthaw called");
  for (const failure of failures) context.audit(wordedFailure(failure).message);
  const [failure] = failures;
  if (failure === undefined) {
    await runHook(context, "thaw");
    return thawedCount;
  }
  await tryThawHook(context);
  throw wordedFailure(failure);
}

async function thawFileSystems(context: CommandContext): Promise<Thaw> {
  const { reactor, root, freezing, outside } = context;
  const options = { program: outside.program, root };
  const crew = freezing.crew ?? (await FreezeCrew.late(reactor, options, freezing.held));
  const deadline = new Deadline(outside.freezeSecondsMax);
  let mounts: Mount[];
  try {
    mounts = wordingMountTable(() => mountTable(root));
  } catch (error) {
    await crew.thawHeld(deadline);
    throw error;
  }
  const outcome = await crew.thawAll(mounts, deadline);
  freezing.crew = null;
  await crew.dismiss();
  return outcome;
}

/** Where the host hears of something worse than a hook that fails. */
async function tryThawHook(context: CommandContext): Promise<void> {
  try {
    await runHook(context, "thaw");
  } catch (error) {
    if (!(error instanceof GuestError)) throw error;
    context.audit(`fsfreeze hook failed with arg 'thaw': ${error.message}`);
  }
}

function wordedFailure({ step, mountPoint, cause }: FreezeFailure): GuestError {
  return worded(`failed to ${step} ${mountPoint}`, cause);
}
