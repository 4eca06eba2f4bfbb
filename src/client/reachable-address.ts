/** Loopback, link-local, unspecified and multicast addresses; RFC 6890. */
const local: readonly (readonly [network: string, prefix: number, family: "ipv4" | "ipv6"])[] = [
  ["0.0.0.0", 8, "ipv4"],
  ["127.0.0.0", 8, "ipv4"],
  ["169.254.0.0", 16, "ipv4"],
  ["224.0.0.0", 4, "ipv4"],
  ["::", 127, "ipv6"],
  ["fe80::", 10, "ipv6"],
  ["ff00::", 8, "ipv6"],
];

/** Whether others may reach this machine by the address; false also for what is none. */
export function isReachable(address: string): boolean {
  // Not imported for the sake of the agent's start, see LineStream.connect.
  const { BlockList, isIP } = process.getBuiltinModule("node:net");
  const version = isIP(address);
  if (version === 0) return false;
  const blocked = new BlockList();
  for (const [network, prefix, family] of local) blocked.addSubnet(network, prefix, family);
  return !blocked.check(address, version === 4 ? "ipv4" : "ipv6");
}
