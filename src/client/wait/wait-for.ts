import type { AgentClient } from "../agent-client.ts";
import { DeadlineError, TransportError } from "../errors.ts";
import type { Condition } from "./condition.ts";

const firstPauseMs = 100;
const pauseMsMax = 1_000;

/** A guest cannot come to what was waited for. */
export class WaitFailure extends Error {
  override readonly name = "WaitFailure";
}

/**
 * Waits until a guest has come to all of it, one after the other. An agent that is not there yet, hangs up or says
 * nothing is waited for, too: guests start again.
 *
 * @param reach connects to the agent
 * @throws DeadlineError that tells what is missing; WaitFailure; AgentError when the agent refuses a look
 */
export async function waitFor(
  reach: () => Promise<AgentClient>,
  conditions: readonly Condition[],
  timeoutMs: number,
): Promise<void> {
  const endMs = performance.now() + timeoutMs;
  let client: AgentClient | null = null;
  try {
    for (const condition of conditions) {
      let pauseMs = firstPauseMs;
      for (;;) {
        let missing: string;
        try {
          client ??= await reach();
          const state = await condition.look(client);
          if (state.kind === "reached") break;
          if (state.kind === "failed") throw new WaitFailure(state.why);
          missing = state.what;
        } catch (error) {
          if (!(error instanceof TransportError || error instanceof DeadlineError)) throw error;
          missing = error.message;
          client?.close();
          client = null;
        }
        const leftMs = endMs - performance.now();
        if (leftMs <= 0) {
          throw new DeadlineError(`Waited in vain for ${condition.name}: ${missing}`);
        }
        await new Promise((resolve) => setTimeout(resolve, Math.min(pauseMs, leftMs)));
        pauseMs = Math.min(pauseMs * 2, pauseMsMax);
      }
    }
  } finally {
    client?.close();
  }
}
