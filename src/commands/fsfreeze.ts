import * as v from "valibot";
import {
  FreezeFailure,
  freezable,
  freezeAll,
  mountedAt,
  thawAll,
  thawHeld,
} from "../linux/freeze.ts";
import { command } from "./command.ts";
import type { CommandContext } from "./context.ts";
import { HookRefused, runHook } from "./fsfreeze-hook.ts";
import { GuestError, worded, wording } from "./guest-error.ts";
import { wordingMountTable } from "./mount-table-error.ts";
import { list, str } from "./qapi.ts";
import * as returns from "./returns.ts";

export const guestFsfreezeStatus = command({
  name: "guest-fsfreeze-status",
  place: 14,
  since: "0.15.0",
  doc: "Whether this agent has file systems frozen; what somebody else froze it does not know.",
  args: () => v.strictObject({}),
  returns: () => returns.oneOf(["thawed", "frozen"], "the agent's own state"),
  privilege: "audit",
  whileFrozen: "allowed",
  success: "reply",
  mechanism: "the mark in the state folder",
  run: (_, context) => (context.freezing.isFrozen ? "frozen" : "thawed"),
});

const freezeMechanism = "the fsfreeze hook; /proc/self/mountinfo, FIFREEZE";

export const guestFsfreezeFreeze = command({
  name: "guest-fsfreeze-freeze",
  place: 15,
  since: "0.15.0",
  doc: "Freezes all file systems on block devices until guest-fsfreeze-thaw and answers how many it froze.",
  args: () => v.strictObject({}),
  returns: () => returns.int64("how many were not frozen before"),
  privilege: "fs",
  guard: { kind: "mount-points", list: null },
  whileFrozen: "refused",
  success: "reply",
  mechanism: freezeMechanism,
  audited: (_, frozen) => ({ result: { frozen } }),
  run: (_, context) => context.freezing.uninterrupted(() => freeze(context, null)),
});

export const guestFsfreezeFreezeList = command({
  name: "guest-fsfreeze-freeze-list",
  place: 16,
  since: "2.2",
  doc: "As guest-fsfreeze-freeze, only those mounted at one of `mountpoints`; what is mounted nowhere is passed over.",
  args: () => v.strictObject({ mountpoints: v.exactOptional(list(str())) }),
  returns: () => returns.int64("how many were not frozen before"),
  privilege: "fs",
  guard: { kind: "mount-points", list: "mountpoints" },
  whileFrozen: "refused",
  success: "reply",
  mechanism: freezeMechanism,
  audited: ({ mountpoints }, frozen) => ({ arguments: { mountpoints }, result: { frozen } }),
  run({ mountpoints }, context) {
    const chosen = mountpoints === undefined ? null : new Set(mountpoints);
    return context.freezing.uninterrupted(() => freeze(context, chosen));
  },
});

export const guestFsfreezeThaw = command({
  name: "guest-fsfreeze-thaw",
  place: 17,
  since: "0.15.0",
  doc: "Thaws all file systems, whoever froze them, and answers how many were frozen; also while none is.",
  args: () => v.strictObject({}),
  returns: () => returns.int64("how many were frozen"),
  privilege: "fs",
  whileFrozen: "allowed",
  success: "reply",
  mechanism: "/proc/self/mountinfo, FITHAW; the fsfreeze hook",
  audited: (_, thawed) => ({ result: { thawed } }),
  run: (_, context) => context.freezing.uninterrupted(() => thaw(context)),
});

async function freeze(
  context: CommandContext,
  mountPoints: ReadonlySet<string> | null,
): Promise<number> {
  context.audit("guest-fsfreeze called");
  try {
    await runHook(context, "freeze");
    const count = freezeFileSystems(context, mountPoints);
    if (count > 0) return count;
  } catch (error) {
    // The hook may have come half-way. The host is told of what failed first.
    if (!(error instanceof HookRefused)) await tryThawHook(context);
    throw error;
  }
  await runHook(context, "thaw");
  return 0;
}

/** Freezes, or leaves everything as it was. @throws GuestError */
function freezeFileSystems(
  context: CommandContext,
  mountPoints: ReadonlySet<string> | null,
): number {
  const { root, freezing } = context;
  const all = wordingMountTable(() => freezable(root));
  const chosen = mountPoints === null ? all : mountedAt(all, mountPoints);
  wording("failed to mark file systems as frozen", () => freezing.enter());
  try {
    const count = freezeAll(chosen, root, freezing.held);
    if (count === 0) freezing.leave();
    return count;
  } catch (error) {
    const { failures } = thawHeld(freezing.held);
    freezing.leave();
    for (const failure of failures) context.audit(wordedFailure(failure).message);
    throw error instanceof FreezeFailure ? wordedFailure(error) : error;
  }
}

/** Thaws everything, in words for the host. @throws GuestError (as a rejection) */
export async function thaw(context: CommandContext): Promise<number> {
  const { root, freezing } = context;
  const { thawedCount, failures } = wordingMountTable(() => thawAll(root, freezing.held));
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

/** For the registry. */
export const fsfreezeCommands = [
  guestFsfreezeStatus,
  guestFsfreezeFreeze,
  guestFsfreezeFreezeList,
  guestFsfreezeThaw,
] as const;
