import { describe, expect, test } from "bun:test";
import type { CommandContext } from "../../src/commands/context.ts";
import { guestNetworkGetRoute } from "../../src/commands/network.ts";
import { systemRoots } from "../linux/system-root.ts";

const ipv4 =
  "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\neth0\t00000000\t0202000A\t0003\t0\t0\t0\t00000000\t0\t0\t0\n";
const ipv6 =
  "fe800000000000000000000000000000 40 00000000000000000000000000000000 00 00000000000000000000000000000000 00000100 00000001 00000000 00000001     eth0\n";

const rootWith = systemRoots();

function versions(files: Readonly<Record<string, string>>): unknown {
  const context = { root: rootWith(files) } as CommandContext;
  const routes = guestNetworkGetRoute.run({}, context) as { version: number }[];
  return routes.map(({ version }) => version);
}

describe("guest-network-get-route", () => {
  test("tells the routes of both protocols, and of the one that a kernel has", () => {
    expect(versions({ "/proc/net/route": ipv4, "/proc/net/ipv6_route": ipv6 })).toEqual([4, 6]);
    expect(versions({ "/proc/net/route": ipv4 })).toEqual([4]);
    expect(versions({ "/proc/net/ipv6_route": ipv6 })).toEqual([6]);
  });

  test("is an error where there is no file at all", () => {
    expect(() => versions({ "/proc/other": "" })).toThrow(
      /^open\(".*\/proc\/net\/route"\): No such file or directory$/,
    );
  });
});
