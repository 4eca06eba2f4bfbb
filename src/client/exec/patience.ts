import type { AgentClient, CallOptions } from "../agent-client.ts";

/** A machine that is paused, as for a snapshot, is no reason to give a running program up. */
const replyMsMax = 60_000;

/** How long an agent is waited for while a program runs there. */
export function patienceWith(client: AgentClient): CallOptions {
  return { timeoutMs: Math.max(client.timeoutMs, replyMsMax) };
}
