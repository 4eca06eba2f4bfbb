import { monotonicMs } from "../../native/clock.ts";
import type { FreezeLease } from "../linux/freeze-lease.ts";
import type { CommandContext } from "./context.ts";
import { thaw } from "./fsfreeze-acts.ts";
import { GuestError } from "./guest-error.ts";

/** The optional member of a freeze's arguments, under a name that QAPI leaves to whoever is downstream. */
export const leaseMember = "__org.guestwire_timeout";

/** Eleven days, as the configuration has it. */
export const leaseSecondsMax = 999_999;

/**
 * After how many seconds the freeze is to end by itself: what the host has asked for, or else the configuration; null:
 * never.
 * @param asked 0 for never
 * @throws GuestError
 */
export function leaseSeconds(asked: bigint | undefined, context: CommandContext): number | null {
  if (asked === undefined) return context.outside.leaseSeconds;
  if (asked < 0n || asked > leaseSecondsMax) {
    throw new GuestError(`Parameter '${leaseMember}' expects seconds from 0 to ${leaseSecondsMax}`);
  }
  return asked === 0n ? null : Number(asked);
}

/** Has the freeze end when its lease does, if it has one. */
export function watchLease(context: CommandContext): void {
  const { lease } = context.freezing;
  if (lease === null) return;
  const leftMs = lease.untilMs - monotonicMs();
  lease.timer = context.reactor.timer(leftMs, () => {
    void endLease(lease, context);
    context.reactor.wantTurn();
  });
}

function endLease(lease: FreezeLease, context: CommandContext): Promise<void> {
  const { freezing, audit } = context;
  return freezing.uninterrupted(async () => {
    // The host's thaw may have come first.
    if (freezing.lease !== lease) return;
    audit(`the freeze ends by itself after ${lease.seconds} s`);
    freezing.noteLeaseEnd(lease.seconds);
    try {
      await thaw(context);
    } catch (error) {
      if (!(error instanceof GuestError)) throw error;
      audit(`failed to thaw by itself: ${error.message}`);
    }
  });
}

/** What a host has to know before it trusts a snapshot. */
export function leaseEndError(seconds: number): GuestError {
  return new GuestError(
    `the freeze ended by itself after ${seconds} s: what was made of the disks since then cannot be trusted`,
  );
}
