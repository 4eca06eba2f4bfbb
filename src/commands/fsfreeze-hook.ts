import { whyDistrusted } from "../linux/program-trust.ts";
import type { CommandContext } from "./context.ts";
import { GuestError } from "./guest-error.ts";
import { mustRun } from "./program-outcome.ts";

/** Hosts give a freeze ten minutes (Proxmox); a database needs some of them to come to rest. */
export const hookDeadlineMsDefault = 10 * 60_000;

/**
 * Runs the hook of the configuration, if there is one, with `freeze` or `thaw`; it is killed with its process group
 * when it takes too long.
 * @throws GuestError (as a rejection) when it fails, or anybody could have written it
 */
export async function runHook(context: CommandContext, argument: "freeze" | "thaw"): Promise<void> {
  if (context.fsfreezeHook === null) return;
  const { path, deadlineMs } = context.fsfreezeHook;
  mustBeTrusted(path);
  context.audit(`executing fsfreeze hook with arg '${argument}'`);
  await mustRun(context.reactor, "execute fsfreeze hook", {
    argv: [path, argument],
    deadlineMs,
    atDeadline: "kill",
  });
}

/** The hook was refused before it ran, so that there is nothing to undo. */
export class HookRefused extends GuestError {}

function mustBeTrusted(hook: string): void {
  const reason = whyDistrusted(hook);
  if (reason === null) return;
  throw new HookRefused(`refusing to execute fsfreeze hook '${hook}': ${reason}`);
}
