import { isReachable } from "../reachable-address.ts";
import { type Condition, reached } from "./condition.ts";

/** An interface has an address that others can reach. */
export const networkCondition: Condition = {
  name: "network",
  async look(client) {
    const interfaces = await client.call("guest-network-get-interfaces");
    const addresses = interfaces.flatMap((each) => each["ip-addresses"] ?? []);
    if (addresses.some((each) => isReachable(each["ip-address"]))) return reached;
    return { kind: "pending", what: "no interface has an address that others can reach" };
  },
};
