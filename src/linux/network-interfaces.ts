import type { InterfaceEntry, InternetAddress } from "../../native/ifaddrs.ts";
import { columnsOf, readLinesIfThere } from "./proc-file.ts";

/** Bytes and packets since the interface came up, as the driver counts them. */
export interface Traffic {
  readonly rxBytes: bigint;
  readonly rxPackets: bigint;
  readonly rxErrors: bigint;
  readonly rxDropped: bigint;
  readonly txBytes: bigint;
  readonly txPackets: bigint;
  readonly txErrors: bigint;
  readonly txDropped: bigint;
}

/** The columns of a line of /proc/net/dev, half of them received, half sent (net/core/net-procfs.c), and maybe more. */
const countsAtLeast = /^[ \t]*(?:\d+(?:[ \t]+|$)){16}/;

/**
 * The traffic of each interface in `<root>/proc/net/dev`, under the interface's name. Labels of addresses are not
 * in it. Empty where the kernel has no such file.
 */
export function interfaceTraffic(root: string): ReadonlyMap<string, Traffic> {
  const traffic = new Map<string, Traffic>();
  for (const line of readLinesIfThere(`${root}/proc/net/dev`)) {
    const colon = line.indexOf(":");
    if (colon === -1) continue;
    const numbers = line.slice(colon + 1);
    if (!countsAtLeast.test(numbers)) continue;
    const columns = columnsOf(numbers);
    const count = (index: number) => BigInt.asUintN(64, BigInt(columns[index] as string));
    traffic.set(line.slice(0, colon).replace(/^ +/, ""), {
      rxBytes: count(0),
      rxPackets: count(1),
      rxErrors: count(2),
      rxDropped: count(3),
      txBytes: count(8),
      txPackets: count(9),
      txErrors: count(10),
      txDropped: count(11),
    });
  }
  return traffic;
}

/**
 * The addresses under each name, in the order in which the names first appear. A label such as `eth0:1` is a name of
 * its own, as in ifconfig(8).
 */
export function addressesByName(
  entries: readonly Pick<InterfaceEntry, "name" | "address">[],
): ReadonlyMap<string, readonly InternetAddress[]> {
  const byName = new Map<string, InternetAddress[]>();
  for (const { name, address } of entries) {
    const addresses = byName.get(name) ?? [];
    byName.set(name, addresses);
    if (address !== null) addresses.push(address);
  }
  return byName;
}
