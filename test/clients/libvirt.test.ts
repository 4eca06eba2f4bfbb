/** What libvirt (src/qemu/qemu_agent.c) relies on: one missing member fails the whole call of its user. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { Agent, needsAgent, noAgent } from "../process/agent.ts";
import { type Client, request } from "../process/client.ts";

setDefaultTimeout(60_000);

/** QEMU_AGENT_MAX_RESPONSE: it hangs up on a longer reply. */
const responseBytesMax = 10 * 1024 * 1024;

const number = expect.any(Number);
const string = expect.any(String);
const boolean = expect.any(Boolean);

describe.skipIf(noAgent)(`libvirt${needsAgent}`, () => {
  let agent: Agent;
  let client: Client;

  beforeAll(async () => {
    agent = await Agent.start();
    client = await agent.connect();
  });
  afterAll(async () => {
    client.close();
    await agent[Symbol.asyncDispose]();
  });

  const list = (command: string) => client.call(command) as Entry[];

  test("synchronises with the milliseconds since 1970", () => {
    const id = Date.now();
    client.send(request("guest-sync", { id }));
    expect(client.line()).toBe(`{"return": ${id}}`);
  });

  test("passes over the late reply to a former sync", () => {
    const [first, second] = [Date.now(), Date.now() + 1];
    client.send(request("guest-sync", { id: first }) + request("guest-sync", { id: second }));
    expect([client.line(), client.line()]).toEqual([
      `{"return": ${first}}`,
      `{"return": ${second}}`,
    ]);
  });

  test("tells from its class that a command is not supported", () => {
    expect(client.ask("guest-no-such-command").error?.class).toBe("CommandNotFound");
  });

  test("takes a reply of several MiB, as it may be asked for", () => {
    const path = agent.file("large");
    const count = 4 * 1024 * 1024;
    writeFileSync(path, Buffer.alloc(count, 0xff));
    const handle = client.call("guest-file-open", { path });
    client.send(request("guest-file-read", { handle, count }));
    const line = client.line() ?? "";
    expect(line.length).toBeLessThan(responseBytesMax);
    expect(/^[\x20-\x7e]*$/.test(line)).toBe(true);
    expect(JSON.parse(line)).toMatchObject({ return: { count, eof: false } });
    client.call("guest-file-close", { handle });
  });

  test("reads the time as an unsigned number", () => {
    expect(client.call("guest-get-time")).toBeGreaterThan(0);
  });

  test("reads the host name", () => {
    expect(client.call("guest-get-host-name")).toEqual({ "host-name": string });
  });

  test("reads the offset of the time zone", () => {
    expect(client.call("guest-get-timezone")).toMatchObject({ offset: number });
  });

  test("reads what there is of the system as strings", () => {
    const info = client.call("guest-get-osinfo") as Entry;
    expect(info).toEqual(Object.fromEntries(Object.keys(info).map((member) => [member, string])));
  });

  test("reads users with a name and the time of their login", () => {
    for (const user of list("guest-get-users")) {
      expect(user).toMatchObject({ user: string, "login-time": number });
    }
  });

  test("reads three loads", () => {
    expect(client.call("guest-get-load")).toEqual({
      load1m: number,
      load5m: number,
      load15m: number,
    });
  });

  test("reads processors, none of which is offline for ever", () => {
    const processors = list("guest-get-vcpus");
    expect(processors.length).toBeGreaterThan(0);
    for (const processor of processors) {
      expect(processor).toEqual({ "logical-id": number, online: boolean, "can-offline": boolean });
      expect(processor.online === true || processor["can-offline"] === true).toBe(true);
    }
  });

  test("reads interfaces with all of each address", () => {
    const interfaces = list("guest-network-get-interfaces");
    expect(interfaces).not.toEqual([]);
    for (const entry of interfaces) {
      expect(entry).toMatchObject({ name: string });
      for (const address of (entry["ip-addresses"] ?? []) as Entry[]) {
        expect(address).toEqual({
          "ip-address-type": expect.stringMatching(/^ipv[46]$/),
          "ip-address": string,
          prefix: number,
        });
      }
    }
  });

  test("reads file systems with the address of each disk", () => {
    for (const filesystem of list("guest-get-fsinfo")) {
      expect(filesystem).toMatchObject({
        name: string,
        mountpoint: string,
        type: string,
      });
      expect(filesystem.disk).toBeArray();
      for (const member of ["used-bytes", "total-bytes"]) {
        if (member in filesystem) expect(filesystem[member]).toEqual(number);
      }
      (filesystem.disk as Entry[]).forEach(expectAddress);
    }
  });

  test("reads disks with whole addresses", () => {
    for (const disk of list("guest-get-disks")) {
      expect(disk).toMatchObject({ name: string, partition: boolean });
      if ("address" in disk) expectAddress(disk.address as Entry);
    }
  });

  test("is told of a user who is not there", () => {
    const args = { username: "no-such-user" };
    expect(client.ask("guest-ssh-get-authorized-keys", args).error?.class).toBe("GenericError");
  });
});

type Entry = Readonly<Record<string, unknown>>;

function expectAddress(address: Entry): void {
  expect(address).toMatchObject({
    "bus-type": string,
    bus: number,
    target: number,
    unit: number,
    "pci-controller": { domain: number, bus: number, slot: number, function: number },
  });
}
