import { AgentProcess, type AgentSetup } from "./agent-process.ts";
import type { Binary } from "./binaries.ts";
import type { Step } from "./case.ts";
import { play } from "./exchange.ts";

/** The reply lines of a fresh agent to these payloads. */
export async function replies(
  binary: Binary,
  setup: AgentSetup,
  ...payloads: string[]
): Promise<string[]> {
  const agent = await AgentProcess.start(binary, setup);
  try {
    const steps: Step[] = payloads.map((payload) => ({ send: payload }));
    return await play({ name: "", steps, replies: [] }, agent);
  } finally {
    await agent.stop();
  }
}
