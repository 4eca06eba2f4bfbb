import { describe, expect, test } from "bun:test";
import { guestwire, lackOf, qemuGa } from "./binaries.ts";
import { request } from "./case.ts";
import { systemMounts, systemSuites } from "./cases/system.ts";
import { lackOfNamespace } from "./namespace.ts";
import { replies } from "./replies.ts";
import { testSuite } from "./suite-test.ts";

const noMounts = lackOfNamespace(systemMounts);
for (const suite of systemSuites) {
  if (noMounts === "") testSuite(suite);
  else test.skip(`${suite.topic}${noMounts}`, () => undefined);
}

const lack = lackOf(qemuGa, guestwire);

/** Interfaces without hardware addresses, labels, tentative addresses, interfaces that are down. */
const interfaces = `
ip link set lo up
ip addr add 127.0.0.2/8 dev lo label lo:
ip addr add 1.2.3.4/0 dev lo
ip link add left address 02:00:00:00:00:01 type veth peer name right address 02:00:00:00:00:02
ip addr add 10.9.0.1/23 dev left
ip addr add 10.9.0.5/32 dev left label left:1
ip addr add 10.9.2.5/24 dev left label left:web
ip addr add 10.9.1.1 peer 10.9.1.2 dev right
ip addr add ::ffff:1.2.3.4/96 dev left
ip addr add 2001:db8:0:0:1:0:0:1/64 dev left
ip addr add fe80::9/10 dev left
ip addr add ::1.2.3.4/128 dev right
ip link add bridge address 02:00:00:00:00:03 type bridge
ip link add fifteen-letters address 02:00:00:00:00:04 type bridge
ip tuntap add tunnel mode tun
ip addr add 10.1.0.1 peer 10.1.0.2 dev tunnel
ip link set tunnel up`;

const noInterfaces = lackOfNamespace(interfaces);
test.skipIf(lack + noInterfaces !== "")(
  `guest-network-get-interfaces: both agents see the same interfaces of all kinds${lack}${noInterfaces}`,
  async () => {
    const ask = request("guest-network-get-interfaces");
    const expected = await replies(qemuGa, { namespace: interfaces }, ask);
    expect(expected[0]).toContain('"left:web"');
    expect(expected[0]).toContain('"2001:db8::1:0:0:1"');
    expect(await replies(guestwire, { namespace: interfaces }, ask)).toEqual(expected);
  },
);

describe("this machine as it is: both agents answer alike", () => {
  const commands = [
    "guest-get-vcpus",
    "guest-get-memory-blocks",
    "guest-get-memory-block-info",
    "guest-get-users",
  ];
  for (const command of commands) {
    test.skipIf(lack !== "")(`${command}${lack}`, async () => {
      const expected = await replies(qemuGa, {}, request(command));
      expect(await replies(guestwire, {}, request(command))).toEqual(expected);
    });
  }

  // The counters move from one question to the next; everything else has to be the same.
  const moving: [command: string, counters: RegExp][] = [
    ["guest-network-get-interfaces", /("[rt]x-\w+": )\d+/g],
    ["guest-get-diskstats", /("[a-z-]+-(?:ios|merges|sectors|ticks)": |"ios-pgr": )\d+/g],
    ["guest-get-cpustats", /("(?!cpu")[a-z]+": )\d+/g],
  ];
  for (const [command, counters] of moving) {
    test.skipIf(lack !== "")(`${command} but for the counts${lack}`, async () => {
      const still = async (binary: typeof qemuGa) =>
        (await replies(binary, {}, request(command))).map((line) => line.replace(counters, "$1_"));
      const expected = await still(qemuGa);
      expect(expected[0]).toContain(": _");
      expect(await still(guestwire)).toEqual(expected);
    });
  }
});
