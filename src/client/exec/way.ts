import type { AgentClient } from "../agent-client.ts";
import { capturedCommands } from "./captured.ts";
import { LackError } from "./program.ts";
import { streamedCommands } from "./streamed.ts";

/**
 * How an agent can run programs.
 * @throws LackError when it may not; AgentError, TransportError, DeadlineError
 */
export async function wayOfExec(client: AgentClient): Promise<"streamed" | "captured"> {
  const info = await client.call("guest-info");
  const usable = new Set<string>(
    info.supported_commands.filter(({ enabled }) => enabled).map(({ name }) => name),
  );
  if (streamedCommands.every((name) => usable.has(name))) return "streamed";
  if (capturedCommands.every((name) => usable.has(name))) return "captured";
  throw new LackError("The agent is not allowed to run programs (guest-exec is disabled)");
}
