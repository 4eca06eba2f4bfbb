import { AgentClient, replyTimeoutMsDefault } from "../agent-client.ts";
import { underDeadline } from "../deadline.ts";
import { openedUnix, openedVsock } from "../opened-socket.ts";
import { PolledLine } from "../polled-line.ts";
import { connectTo, whatIsNamed } from "../targets/connect.ts";
import type { Target } from "../targets/target.ts";

/** Reaches the agent of a target, over a line for many large requests where there is one. @throws as connectTo */
export async function reach(target: Target): Promise<AgentClient> {
  const known = target.kind === "name" ? await whatIsNamed(target.name) : target;
  switch (known.kind) {
    case "unix":
      return AgentClient.over(new PolledLine(openedUnix(known.path)));
    case "vsock": {
      const fd = await underDeadline(replyTimeoutMsDefault, undefined, (deadline) =>
        openedVsock(known, deadline),
      );
      return AgentClient.over(new PolledLine(fd));
    }
    default:
      return connectTo(known);
  }
}
