import * as v from "valibot";
import { command } from "./command.ts";
import type { CommandContext } from "./context.ts";
import { freeze, thaw } from "./fsfreeze-acts.ts";
import { leaseEndError, leaseMember, leaseSeconds, watchLease } from "./fsfreeze-lease.ts";
import { int64, list, str } from "./qapi.ts";
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

const freezeMechanism =
  "the fsfreeze hook; /proc/self/mountinfo; FIFREEZE in a process of its own, with a deadline";

export const guestFsfreezeFreeze = command({
  name: "guest-fsfreeze-freeze",
  place: 15,
  since: "0.15.0",
  doc: "Freezes all file systems on block devices until guest-fsfreeze-thaw and answers how many it froze.",
  args: () => v.strictObject({ [leaseMember]: v.exactOptional(int64()) }),
  returns: () => returns.int64("how many were not frozen before"),
  privilege: "fs",
  guard: { kind: "mount-points", list: null },
  whileFrozen: "refused",
  success: "reply",
  mechanism: freezeMechanism,
  audited: (args, frozen) => ({
    arguments: { timeout: args[leaseMember] },
    result: { frozen },
  }),
  run: (args, context) => freezeFor(context, null, args[leaseMember]),
});

export const guestFsfreezeFreezeList = command({
  name: "guest-fsfreeze-freeze-list",
  place: 16,
  since: "2.2",
  doc: "As guest-fsfreeze-freeze, only those mounted at one of `mountpoints`; what is mounted nowhere is passed over.",
  args: () =>
    v.strictObject({
      mountpoints: v.exactOptional(list(str())),
      [leaseMember]: v.exactOptional(int64()),
    }),
  returns: () => returns.int64("how many were not frozen before"),
  privilege: "fs",
  guard: { kind: "mount-points", list: "mountpoints" },
  whileFrozen: "refused",
  success: "reply",
  mechanism: freezeMechanism,
  audited: ({ mountpoints, [leaseMember]: timeout }, frozen) => ({
    arguments: { mountpoints, timeout },
    result: { frozen },
  }),
  run({ mountpoints, [leaseMember]: seconds }, context) {
    const chosen = mountpoints === undefined ? null : new Set(mountpoints);
    return freezeFor(context, chosen, seconds);
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
  mechanism:
    "/proc/self/mountinfo; FITHAW in a process of its own, with a deadline; the fsfreeze hook",
  audited: (_, thawed) => ({ result: { thawed } }),
  run: (_, context) => thawFor(context),
});

function freezeFor(
  context: CommandContext,
  mountPoints: ReadonlySet<string> | null,
  seconds: bigint | undefined,
): Promise<number> {
  const lease = leaseSeconds(seconds, context);
  return context.freezing.uninterrupted(async () => {
    const count = await freeze(context, mountPoints, lease);
    watchLease(context);
    return count;
  });
}

function thawFor(context: CommandContext): Promise<number> {
  const { freezing } = context;
  return freezing.uninterrupted(async () => {
    const count = await thaw(context);
    const endedAfterSeconds = freezing.takeLeaseEnd();
    if (endedAfterSeconds !== null) throw leaseEndError(endedAfterSeconds);
    return count;
  });
}

/** For the registry. */
export const fsfreezeCommands = [
  guestFsfreezeStatus,
  guestFsfreezeFreeze,
  guestFsfreezeFreezeList,
  guestFsfreezeThaw,
] as const;
