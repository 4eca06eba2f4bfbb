import { bytesText } from "./units.ts";
import { left, right, unknown, view } from "./view.ts";

/** The network interfaces and their addresses. */
export const interfacesView = view(
  "net",
  (client) => client.call("guest-network-get-interfaces"),
  (interfaces) => ({
    columns: [
      left("INTERFACE"),
      left("HARDWARE ADDRESS"),
      right("RECEIVED"),
      right("SENT"),
      left("ADDRESSES"),
    ],
    rows: interfaces.map((each) => [
      each.name,
      each["hardware-address"] ?? unknown,
      bytesText(each.statistics?.["rx-bytes"]),
      bytesText(each.statistics?.["tx-bytes"]),
      (each["ip-addresses"] ?? [])
        .map((address) => `${address["ip-address"]}/${address.prefix}`)
        .join(" ") || unknown,
    ]),
  }),
);
