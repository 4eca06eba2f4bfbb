import { type Condition, reached } from "./condition.ts";

/** The agent answers. */
export const agentCondition: Condition = {
  name: "agent",
  async look(client) {
    await client.call("guest-ping");
    return reached;
  },
};
