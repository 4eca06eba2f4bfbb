import * as v from "valibot";
import { shutdownArgv, shutdownModes } from "../linux/shutdown.ts";
import { type SuspendMode, suspend } from "../linux/suspend.ts";
import { command } from "./command.ts";
import type { CommandContext } from "./context.ts";
import { GuestError } from "./guest-error.ts";
import { mustRun } from "./program-outcome.ts";
import { str } from "./qapi.ts";

/** A shutdown program that takes longer goes on, and the host is told. */
const shutdownDeadlineMs = 60_000;

export const guestShutdown = command({
  name: "guest-shutdown",
  place: 7,
  since: "0.15.0",
  doc: "Powers the guest down, halts or reboots it; `mode` is powerdown if not given.",
  args: () => v.strictObject({ mode: v.exactOptional(str(), "powerdown") }),
  returns: null,
  privilege: "power",
  whileFrozen: "refused",
  success: "none",
  audited: ({ mode }) => ({ arguments: { mode } }),
  mechanism: "/sbin/poweroff, halt or reboot; /sbin/shutdown; the same along PATH; busybox",
  async run({ mode }, context) {
    context.audit(`guest-shutdown called, mode: ${mode}`);
    const known = shutdownModes.find((each) => each === mode);
    // qemu-ga never closes the parenthesis.
    if (known === undefined) {
      throw new GuestError("mode is invalid (valid values are: halt|powerdown|reboot");
    }
    await mustRun(context.reactor, "shutdown", {
      argv: shutdownArgv(known, context.root, context.environment.PATH),
      deadlineMs: shutdownDeadlineMs,
      // A shutdown that is under way must not be stopped half-way.
      atDeadline: "leave",
    });
  },
});

const suspendMechanism = "systemctl; pm-utils; /sys/power/state";

export const guestSuspendDisk = command({
  name: "guest-suspend-disk",
  place: 19,
  since: "1.1",
  doc: "Hibernates the guest: its memory goes to disk and the power off.",
  args: () => v.strictObject({}),
  returns: null,
  privilege: "power",
  whileFrozen: "refused",
  success: "none",
  mechanism: suspendMechanism,
  run: (_, context) => suspendGuest("disk", context),
});

export const guestSuspendRam = command({
  name: "guest-suspend-ram",
  place: 20,
  since: "1.1",
  doc: "Suspends the guest to memory; the host wakes it up.",
  args: () => v.strictObject({}),
  returns: null,
  privilege: "power",
  whileFrozen: "refused",
  success: "none",
  mechanism: suspendMechanism,
  run: (_, context) => suspendGuest("ram", context),
});

export const guestSuspendHybrid = command({
  name: "guest-suspend-hybrid",
  place: 21,
  since: "1.1",
  doc: "Writes the guest's memory to disk and then suspends to memory, so that either is enough to wake up.",
  args: () => v.strictObject({}),
  returns: null,
  privilege: "power",
  whileFrozen: "refused",
  success: "none",
  mechanism: suspendMechanism,
  run: (_, context) => suspendGuest("hybrid", context),
});

async function suspendGuest(mode: SuspendMode, context: CommandContext): Promise<void> {
  const failures = await suspend(mode, context.reactor, context.root);
  if (failures === null) return;
  throw new GuestError(
    failures.length === 0
      ? "the requested suspend mode is not supported by the guest"
      : failures.join("; "),
  );
}

/** For the registry. */
export const powerCommands = [
  guestShutdown,
  guestSuspendDisk,
  guestSuspendRam,
  guestSuspendHybrid,
] as const;
