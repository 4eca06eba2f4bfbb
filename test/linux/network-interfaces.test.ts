import { expect, test } from "bun:test";
import { addressesByName, interfaceTraffic } from "../../src/linux/network-interfaces.ts";
import { systemRoots } from "./system-root.ts";

const rootWith = systemRoots();

/** Linux 6.1, with numbers of its widest: nothing stands between the colon and the bytes any more. */
const dev = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo:    3245      30    0    0    0     0          0         0     3245      30    0    0    0     0       0          0
veth0:18446744073709551615 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16
  \ufeffb": 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16
  eth0: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15
  eth1: 1 2 3 4 5 6 7 x 9 10 11 12 13 14 15 16
`;

test("the traffic of each interface is under its own name; lines that are not whole are passed over", () => {
  const traffic = interfaceTraffic(rootWith({ "/proc/net/dev": dev }));
  expect([...traffic.keys()]).toEqual(["lo", "veth0", '\ufeffb"']);
  expect(traffic.get("veth0")).toEqual({
    rxBytes: 18_446_744_073_709_551_615n,
    rxPackets: 2n,
    rxErrors: 3n,
    rxDropped: 4n,
    txBytes: 9n,
    txPackets: 10n,
    txErrors: 11n,
    txDropped: 12n,
  });
});

test("without the file there is no traffic", () => {
  expect(interfaceTraffic(rootWith({})).size).toBe(0);
});

test("names are in the order in which they first appear, labels apart from their interface", () => {
  const at = (text: string) => ({ family: "ipv4", text, prefixBits: 24 }) as const;
  const byName = addressesByName([
    { name: "lo", address: null },
    { name: "eth0", address: null },
    { name: "eth0", address: at("192.0.2.1") },
    { name: "eth0:1", address: at("192.0.2.2") },
    { name: "lo", address: at("127.0.0.1") },
    { name: "eth0", address: at("192.0.2.3") },
  ]);
  expect([...byName]).toEqual([
    ["lo", [at("127.0.0.1")]],
    ["eth0", [at("192.0.2.1"), at("192.0.2.3")]],
    ["eth0:1", [at("192.0.2.2")]],
  ]);
});
