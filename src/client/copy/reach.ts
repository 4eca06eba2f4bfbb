import { AgentClient } from "../agent-client.ts";
import { PolledLine } from "../polled-line.ts";
import { connectTo, whatIsNamed } from "../targets/connect.ts";
import type { Target } from "../targets/target.ts";

/** Reaches the agent of a target, over a line for many large requests where there is one. @throws as connectTo */
export async function reach(target: Target): Promise<AgentClient> {
  const known = target.kind === "name" ? await whatIsNamed(target.name) : target;
  switch (known.kind) {
    case "unix":
      return AgentClient.over(PolledLine.connect(known.path));
    case "vsock":
      return AgentClient.over(PolledLine.connectVsock(known.cid, known.port));
    default:
      return connectTo(known);
  }
}
