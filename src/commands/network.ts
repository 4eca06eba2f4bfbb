import * as v from "valibot";
import { SysError } from "../../native/errno.ts";
import {
  hardwareAddress,
  type InternetAddress,
  interfaceEntries,
  interfaceSocket,
} from "../../native/ifaddrs.ts";
import { addressesByName, interfaceTraffic, type Traffic } from "../linux/network-interfaces.ts";
import { type Route4, type Route6, routes4, routes6 } from "../linux/routes.ts";
import { command } from "./command.ts";
import { GuestError, wording } from "./guest-error.ts";
import * as returns from "./returns.ts";

/** Bytes of a hardware address that are told, whatever the link has. */
const hardwareAddressBytes = 6;

export const guestNetworkGetInterfaces = command({
  name: "guest-network-get-interfaces",
  place: 22,
  since: "1.1",
  doc: "The network interfaces with their addresses; a label of an IPv4 address, such as eth0:1, is listed as an interface.",
  args: () => v.strictObject({}),
  returns: () =>
    v.array(
      v.object({
        name: returns.str("the name of the interface, or the label"),
        "hardware-address": v.exactOptional(returns.str("such as 52:54:00:12:34:56")),
        "ip-addresses": v.exactOptional(
          v.array(
            v.object({
              "ip-address": returns.str("as inet_ntop(3) writes it, without a zone"),
              "ip-address-type": returns.oneOf(["ipv4", "ipv6"], "its family"),
              prefix: returns.int64("bits of the network part"),
            }),
          ),
        ),
        statistics: v.exactOptional(
          v.object({
            "rx-bytes": returns.int64("bytes received"),
            "rx-packets": returns.int64("packets received"),
            "rx-errs": returns.int64("bad packets received"),
            "rx-dropped": returns.int64("packets dropped by the receiver"),
            "tx-bytes": returns.int64("bytes sent"),
            "tx-packets": returns.int64("packets sent"),
            "tx-errs": returns.int64("packets that could not be sent"),
            "tx-dropped": returns.int64("packets dropped by the sender"),
          }),
        ),
      }),
    ),
  privilege: "audit",
  whileFrozen: "refused",
  success: "reply",
  mechanism: "getifaddrs(3), SIOCGIFHWADDR, /proc/net/dev",
  run(_, context) {
    const entries = wording("getifaddrs failed", interfaceEntries);
    const links = new Map<string, Uint8Array>();
    for (const { name, hardware } of entries) if (hardware !== null) links.set(name, hardware);
    const addresses = addressesByName(entries);
    const traffic = interfaceTraffic(context.root);
    return [...addresses].map(([name, given]) => ({
      name,
      ...hardwareMember(links.get(name) ?? addressOfLabel(name)),
      ...(given.length > 0 && { "ip-addresses": given.map(addressMembers) }),
      ...(given.length > 0 && trafficMember(traffic.get(name))),
    }));
  },
});

/** A label has the address of its interface. */
function addressOfLabel(name: string): Uint8Array | null {
  using socket = wording("failed to create socket", interfaceSocket);
  return hardwareAddress(socket, name);
}

function hardwareMember(address: Uint8Array | null) {
  if (address === null) return null;
  const digits = address.subarray(0, hardwareAddressBytes).toHex();
  return { "hardware-address": digits.replace(/..(?=.)/g, "$&:") };
}

function addressMembers({ family, text, prefixBits }: InternetAddress) {
  return { "ip-address": text, "ip-address-type": family, prefix: prefixBits };
}

function trafficMember(traffic: Traffic | undefined) {
  return (
    traffic && {
      statistics: {
        "rx-bytes": traffic.rxBytes,
        "rx-packets": traffic.rxPackets,
        "rx-errs": traffic.rxErrors,
        "rx-dropped": traffic.rxDropped,
        "tx-bytes": traffic.txBytes,
        "tx-packets": traffic.txPackets,
        "tx-errs": traffic.txErrors,
        "tx-dropped": traffic.txDropped,
      },
    }
  );
}

export const guestNetworkGetRoute = command({
  name: "guest-network-get-route",
  place: 44,
  since: "9.1",
  doc: "The routes of all tables, those of IPv4 before those of IPv6.",
  args: () => v.strictObject({}),
  returns: () =>
    v.array(
      v.object({
        iface: returns.str("the interface it leads to"),
        destination: returns.str("the address of the network"),
        metric: returns.int64("the lower the better; -1 for the null route of IPv6"),
        gateway: v.exactOptional(returns.str("IPv4; 0.0.0.0 for none")),
        mask: v.exactOptional(returns.str("IPv4")),
        irtt: v.exactOptional(returns.int64("IPv4; the first round trip time")),
        flags: v.exactOptional(returns.int64("RTF_ bits of the kernel")),
        refcnt: v.exactOptional(returns.int64("references to the route")),
        use: v.exactOptional(returns.int64("lookups of the route")),
        window: v.exactOptional(returns.int64("IPv4; the TCP window in bytes")),
        mtu: v.exactOptional(returns.int64("IPv4; in bytes")),
        desprefixlen: v.exactOptional(returns.str("IPv6; bits of the destination, in decimal")),
        source: v.exactOptional(returns.str("IPv6")),
        srcprefixlen: v.exactOptional(returns.str("IPv6; bits of the source, in decimal")),
        nexthop: v.exactOptional(returns.str("IPv6; :: for none")),
        version: returns.int64("4 or 6"),
      }),
    ),
  privilege: "audit",
  whileFrozen: "refused",
  success: "reply",
  mechanism: "/proc/net/route, /proc/net/ipv6_route",
  run(_, { root }) {
    const path4 = `${root}/proc/net/route`;
    const path6 = `${root}/proc/net/ipv6_route`;
    const four = unlessMissing(path4, routes4);
    const six = unlessMissing(path6, routes6);
    if (four instanceof GuestError && six instanceof GuestError) throw four;
    return [
      ...(four instanceof GuestError ? [] : four.map(route4Members)),
      ...(six instanceof GuestError ? [] : six.map(route6Members)),
    ];
  },
});

/** A kernel without one of the two protocols has no file for it; that is an error only where neither is there. */
function unlessMissing<T>(path: string, read: (path: string) => T[]): T[] | GuestError {
  try {
    return wording(`open("${path}")`, () => read(path));
  } catch (error) {
    const isMissing =
      error instanceof GuestError &&
      error.cause instanceof SysError &&
      error.cause.code === "ENOENT";
    if (isMissing) return error;
    throw error;
  }
}

function route4Members(route: Route4) {
  return { ...route, version: 4 };
}

function route6Members({ destinationBits, sourceBits, ...route }: Route6) {
  return {
    ...route,
    desprefixlen: `${destinationBits}`,
    srcprefixlen: `${sourceBits}`,
    version: 6,
  };
}

/** For the registry. */
export const networkCommands = [guestNetworkGetInterfaces, guestNetworkGetRoute] as const;
