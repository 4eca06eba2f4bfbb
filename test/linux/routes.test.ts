import { expect, test } from "bun:test";
import { routes4, routes6 } from "../../src/linux/routes.ts";
import { systemRoots } from "./system-root.ts";

const rootWith = systemRoots();

const head =
  "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT                                                       \n";

/** Linux 6.1 pads each line to 127 characters. */
const table4 = `${head}eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0                                                                               \n\
eth0\t000200C0\t00000000\t0001\t2\t3\t100\t00FFFFFF\t1400\t5\t6                                                                               \n\
*\t0000FEA9\t00000000\t0200\t0\t0\t-1\t0000FFFF\t0\t0\t0\n`;

/** The second and third line are of a Linux 6.1 with IPv6, the first has what a router may have. */
const table6 = `\
20010db8000000000000000000000000 20 20010db8000100000000000000000000 30 fe800000000000000000000000000001 00000400 00000001 0000000a 00000003     eth0
fe8000000000000000fc00fffe000001 80 00000000000000000000000000000000 00 00000000000000000000000000000000 00000000 00000002 00000000 80200001     eth0
00000000000000000000000000000000 00 00000000000000000000000000000000 00 00000000000000000000000000000000 ffffffff 00000001 00000000 00200200       lo
`;

function path(text: string): string {
  return `${rootWith({ "/routes": text })}/routes`;
}

test("routes of IPv4, with addresses turned round and a metric that may be negative", () => {
  const none = { refcnt: 0n, use: 0n, mtu: 0n, window: 0n, irtt: 0n };
  expect(routes4(path(table4))).toEqual([
    {
      ...none,
      iface: "eth0",
      destination: "0.0.0.0",
      gateway: "192.0.2.1",
      mask: "0.0.0.0",
      flags: 3n,
      metric: 0n,
    },
    {
      iface: "eth0",
      destination: "192.0.2.0",
      gateway: "0.0.0.0",
      mask: "255.255.255.0",
      flags: 1n,
      refcnt: 2n,
      use: 3n,
      metric: 100n,
      mtu: 1400n,
      window: 5n,
      irtt: 6n,
    },
    {
      ...none,
      iface: "*",
      destination: "169.254.0.0",
      gateway: "0.0.0.0",
      mask: "255.255.0.0",
      flags: 0x200n,
      metric: -1n,
    },
  ]);
});

test("routes of IPv6, with words of 32 bits that have a sign", () => {
  expect(routes6(path(table6))).toEqual([
    {
      iface: "eth0",
      destination: "2001:db8::",
      destinationBits: 32,
      source: "2001:db8:1::",
      sourceBits: 48,
      nexthop: "fe80::1",
      metric: 1024n,
      refcnt: 1n,
      use: 10n,
      flags: 3n,
    },
    {
      iface: "eth0",
      destination: "fe80::fc:ff:fe00:1",
      destinationBits: 128,
      source: "::",
      sourceBits: 0,
      nexthop: "::",
      metric: 0n,
      refcnt: 2n,
      use: 0n,
      flags: 0xffffffff80200001n,
    },
    {
      iface: "lo",
      destination: "::",
      destinationBits: 0,
      source: "::",
      sourceBits: 0,
      nexthop: "::",
      metric: -1n,
      refcnt: 1n,
      use: 0n,
      flags: 0x200200n,
    },
  ]);
});

test("lines that are no routes are passed over", () => {
  const whole = "eth1\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0";
  const cut = whole.replace(/\t0$/, "");
  const noAddress = whole.replace("010200C0", "gateway!");
  expect(routes4(path(`${head}${cut}\n${noAddress}\n\n${whole}\n`))).toHaveLength(1);
  const line6 = table6.split("\n")[1] as string;
  expect(routes6(path(`${line6.slice(1)}\n${line6.replace("eth0", "")}\n${line6}\n`))).toHaveLength(
    1,
  );
});

test("a table with nothing in it has no routes, and one that is missing says so", () => {
  expect(routes4(path(head))).toEqual([]);
  expect(routes4(path(""))).toEqual([]);
  expect(routes6(path(""))).toEqual([]);
  expect(() => routes6("/nonexistent/routes")).toThrow("ENOENT");
});
