import { expect, test } from "bun:test";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { hardwareAddress, interfaceEntries, interfaceSocket } from "../../native/ifaddrs.ts";
import { addressText } from "../../native/internet-address.ts";
import { makeGarbage } from "./garbage.ts";

test("every address that Node knows of is listed, with its prefix", () => {
  const listed = interfaceEntries().map(
    ({ name, address }) => `${name} ${address?.family} ${address?.text}/${address?.prefixBits}`,
  );
  const known = Object.entries(networkInterfaces()).flatMap(([name, addresses = []]) =>
    addresses.map(({ family, cidr }) => `${name} ${family.toLowerCase()} ${cidr}`),
  );
  expect(listed).toEqual(expect.arrayContaining(known));
  expect(known).not.toEqual([]);
});

test("links come before addresses", () => {
  const kinds = interfaceEntries().map(({ address }) => address?.family ?? "link");
  expect(kinds).toEqual([...kinds].sort((a, b) => order.indexOf(a) - order.indexOf(b)));
  expect(kinds).toContain("link");
});

const order = ["link", "ipv4", "ipv6"];

test("what is listed is a copy and outlives libc's list", () => {
  const before = interfaceEntries();
  const text = JSON.stringify(before);
  for (let round = 0; round < 200; round++) interfaceEntries();
  makeGarbage();
  expect(JSON.stringify(before)).toBe(text);
});

test("listing leaves no memory behind", () => {
  const rounds = 15_000;
  // A process of its own, where nothing else takes memory.
  const child = join(import.meta.dirname, "children/list-interfaces.ts");
  const { stdout } = Bun.spawnSync([process.execPath, child, `${rounds}`]);
  const grownBytes = Number(stdout.toString().trim() || Number.NaN);
  // A list that is not freed is some kilobytes.
  expect(grownBytes).toBeLessThan(rounds * 1024);
}, 30_000);

test("the loopback interface has a hardware address of zeros, and a name that is none has none", () => {
  using socket = interfaceSocket();
  expect(hardwareAddress(socket, "lo")).toEqual(new Uint8Array(14));
  expect(hardwareAddress(socket, "nonesuch0")).toBeNull();
  expect(hardwareAddress(socket, "")).toBeNull();
  expect(hardwareAddress(socket, "a-name-that-is-too-long")).toBeNull();
});

test("addresses are written as RFC 5952 recommends", () => {
  const ipv6 = (hex: string) => addressText("ipv6", Uint8Array.fromHex(hex));
  expect(addressText("ipv4", Uint8Array.of(192, 0, 2, 1))).toBe("192.0.2.1");
  expect(addressText("ipv4", Uint8Array.of(255, 255, 255, 255))).toBe("255.255.255.255");
  expect(ipv6("00000000000000000000000000000000")).toBe("::");
  expect(ipv6("20010db8000000000001000000000001")).toBe("2001:db8::1:0:0:1");
  expect(ipv6("00000000000000000000ffff01020304")).toBe("::ffff:1.2.3.4");
  expect(ipv6("fffefdfcfbfaf9f8f7f6f5f4f3f2f1f0")).toBe("fffe:fdfc:fbfa:f9f8:f7f6:f5f4:f3f2:f1f0");
  expect(() => addressText("ipv6", new Uint8Array(4))).toThrow("An ipv6 address has 16 bytes: 4");
});

test("links have the hardware address that the socket is told, addresses have none", () => {
  using socket = interfaceSocket();
  const links = interfaceEntries().filter(({ address }) => address === null);
  expect(links).not.toEqual([]);
  for (const { name, hardware } of links) {
    expect(hardware).toEqual((hardwareAddress(socket, name) as Uint8Array).slice(0, 8));
  }
  for (const { address, hardware } of interfaceEntries()) {
    if (address !== null) expect(hardware).toBeNull();
  }
});
