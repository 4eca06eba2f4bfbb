import type { AgentClient, CallOptions } from "../agent-client.ts";
import { AgentError, DeadlineError, TransportError } from "../errors.ts";

const closeMsMax = 5_000;

/** Closes a guest's file. Nothing depends on it: an agent that is gone has closed it. */
export async function closeHandle(
  client: AgentClient,
  handle: bigint,
  options: Pick<CallOptions, "ahead"> = {},
): Promise<void> {
  try {
    await client.call("guest-file-close", { handle }, { ...options, timeoutMs: closeMsMax });
  } catch (error) {
    const isOfNoInterest =
      error instanceof AgentError ||
      error instanceof TransportError ||
      error instanceof DeadlineError;
    if (!isOfNoInterest) throw error;
  }
}
