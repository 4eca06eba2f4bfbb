import type { AgentClient } from "../agent-client.ts";
import { AbsentError, DeadlineError, TransportError } from "../errors.ts";
import { connectTo } from "../targets/connect.ts";
import type { Member } from "./member.ts";

/** Of one guest among many: so many times this is what they can have us keep. */
export const fleetReplyBytesMax = 8 * 1024 * 1024;

export interface Patience {
  /** How long one reply may take. */
  readonly timeoutMs?: number;
  readonly signal: AbortSignal;
}

/**
 * Reaches one of many. An agent that does not answer to a sync is none: the socket is QEMU's, and there whether anybody
 * listens in the guest or not.
 *
 * @throws AbsentError; TargetError; the signal's reason
 */
export async function reach({ target }: Member, patience: Patience): Promise<AgentClient> {
  const { signal } = patience;
  signal.throwIfAborted();
  try {
    return await connectTo(target, { ...patience, lineBytesMax: fleetReplyBytesMax });
  } catch (error) {
    if (error instanceof DeadlineError) {
      throw new AbsentError("No agent answers", { cause: error });
    }
    signal.throwIfAborted();
    if (!(error instanceof TransportError) || error instanceof AbsentError) throw error;
    throw new AbsentError(error.message, { cause: error });
  }
}
