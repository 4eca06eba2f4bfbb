import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync } from "node:fs";
import type { AgentArguments, AgentConnection } from "./agent-connection.ts";
import { agentKind, agentUnderTest, missingForAgentTests } from "./agent-under-test.ts";
import { Guest } from "./guest.ts";
import { needs } from "./requirements.ts";

const bootTimeoutMs = 240_000;
setDefaultTimeout(60_000);

const qemuGa = "/usr/sbin/qemu-ga";
const referencePort = "org.example.reference.0";
const missing = missingForAgentTests();
if (!existsSync(qemuGa)) missing.push(qemuGa);

/** A record of utmp(5) on x86-64: type 7 at 0, the user at 44, seconds and microseconds at 340. */
function login(user: string, seconds: number, microseconds: number): Buffer {
  const record = Buffer.alloc(384);
  record.writeInt16LE(7, 0);
  record.write("ttyS0", 8);
  record.write(user, 44);
  record.writeInt32LE(seconds, 340);
  record.writeInt32LE(microseconds, 344);
  return record;
}

type Block = { "phys-index": number; online: boolean; "can-offline": boolean };

describe.skipIf(missing.length > 0)(
  `networks, processors, memory, statistics and users in a guest${needs(missing)}`,
  () => {
    let guest: Guest;
    let agent: AgentConnection;
    let reference: AgentConnection;

    beforeAll(async () => {
      guest = await Guest.boot({
        agent: agentUnderTest,
        moreAgents: [
          {
            name: "reference",
            from: qemuGa,
            path: "/usr/sbin/reference-agent",
            port: referencePort,
            args: ["-p", `/dev/virtio-ports/${referencePort}`, "-t", "/tmp"],
          },
        ],
        kernelFlavour: "amd64",
        processors: 2,
        // The plugged memory is for what the kernel can move away, so that it can be taken offline at any time.
        kernelWords: ["movable_node", "memhp_default_state=online_movable"],
        modules: ["virtio_net", "e1000", "virtio_blk", "ipip"],
        extraDevices: [
          ...["-m", "512M,slots=1,maxmem=2G"],
          ...["-object", "memory-backend-ram,id=plugged,size=128M"],
          ...["-device", "pc-dimm,memdev=plugged"],
          ...["-netdev", "user,id=one,restrict=on"],
          ...["-device", "virtio-net-pci,netdev=one,mac=52:54:00:12:34:56"],
          ...["-netdev", "user,id=two,restrict=on"],
          ...["-device", "e1000,netdev=two,mac=52:54:00:65:43:21"],
          ...["-blockdev", "driver=null-co,node-name=disk,size=1048576,read-zeroes=on"],
          ...["-device", "virtio-blk-pci,drive=disk"],
        ],
      });
      agent = await guest.connect();
      await agent.sync();
      reference = await guest.agentNamed("reference").connect();
      await reference.sync();
    }, bootTimeoutMs);

    afterAll(async () => {
      await agent?.close();
      await reference?.close();
      await guest?.[Symbol.asyncDispose]();
    });

    /** Both agents give this reply, byte for byte; returns what it returns. */
    async function alike<T>(command: string, args?: AgentArguments): Promise<T> {
      const expected = await reference.exchange(command, args);
      expect(await agent.exchange(command, args)).toBe(expected);
      return (JSON.parse(expected) as { return: T }).return;
    }

    /** The same where the numbers behind `counters` move. */
    async function alikeBut(command: string, counters: RegExp): Promise<string> {
      const [expected, ours] = [await reference.exchange(command), await agent.exchange(command)];
      expect(ours.replace(counters, "$1_")).toBe(expected.replace(counters, "$1_"));
      return ours;
    }

    const traffic = /("[rt]x-\w+": )\d+/g;

    test("interfaces with addresses of both kinds, labels, and a tunnel", async () => {
      await alikeBut("guest-network-get-interfaces", traffic);
      // Without waiting for others who may have the addresses, which nobody does.
      await guest.text(`
        echo 0 > /proc/sys/net/ipv6/conf/default/accept_dad
        for nic in eth0 eth1; do echo 0 > /proc/sys/net/ipv6/conf/$nic/accept_dad; done
        ip link set eth0 up
        ip link set eth1 up
        ip addr add 192.0.2.10/24 dev eth0
        ip addr add 192.0.2.11/32 dev eth0 label eth0:1
        ip addr add 2001:db8::a/64 dev eth1
        ip tunnel add tunnel mode ipip local 192.0.2.10 remote 192.0.2.20
        ip addr add 198.51.100.1/30 dev tunnel
        ip link set tunnel up
        ip route add default via 192.0.2.1 metric 7`);
      const reply = await alikeBut("guest-network-get-interfaces", traffic);
      const interfaces = (JSON.parse(reply) as { return: { name: string }[] }).return;
      const byName = Object.fromEntries(interfaces.map((each) => [each.name, each]));
      expect(byName.eth0).toMatchObject({
        "hardware-address": expect.stringMatching(/^52:54:00:/),
        "ip-addresses": expect.arrayContaining([
          { "ip-address": "192.0.2.10", "ip-address-type": "ipv4", prefix: 24 },
        ]),
      });
      expect(Object.keys(byName)).toEqual(expect.arrayContaining(["lo", "eth1", "tunnel"]));
      expect(byName["eth0:1"]).toMatchObject({
        "ip-addresses": [{ "ip-address": "192.0.2.11", "ip-address-type": "ipv4", prefix: 32 }],
      });
      expect(byName["eth0:1"]).not.toHaveProperty("statistics");
      // The address of an ipip tunnel is the local IPv4 one, of which the kernel fills the rest with zeros.
      expect(byName.tunnel).toMatchObject({ "hardware-address": "c0:00:02:0a:00:00" });
    });

    test.skipIf(agentKind === "qemu-ga")("routes are those of the kernel's tables", async () => {
      const routes = (await agent.call("guest-network-get-route")) as Record<string, unknown>[];
      const shown = (await guest.text("cat /proc/net/route /proc/net/ipv6_route")).trim();
      expect(routes).toHaveLength(shown.split("\n").length - 1);
      expect(routes).toContainEqual({
        iface: "eth0",
        destination: "0.0.0.0",
        gateway: "192.0.2.1",
        mask: "0.0.0.0",
        metric: 7,
        flags: 3,
        refcnt: 0,
        use: 0,
        mtu: 0,
        window: 0,
        irtt: 0,
        version: 4,
      });
      expect(routes).toContainEqual(
        expect.objectContaining({
          iface: "eth1",
          destination: "2001:db8::",
          desprefixlen: "64",
          source: "::",
          srcprefixlen: "0",
          nexthop: "::",
          version: 6,
        }),
      );
    });

    test("a processor goes off and on again, at the word of either agent", async () => {
      const state = () => guest.text("cat /sys/devices/system/cpu/cpu1/online");
      const set = (online: boolean) => ({ vcpus: [{ "logical-id": 1, online }] });
      expect(await alike("guest-get-vcpus")).toContainEqual({
        "logical-id": 1,
        online: true,
        "can-offline": true,
      });
      expect(await agent.call("guest-set-vcpus", set(false))).toBe(1);
      expect(await state()).toBe("0\n");
      expect(await alike("guest-get-vcpus")).toContainEqual({
        "logical-id": 1,
        online: false,
        "can-offline": true,
      });
      await alikeBut("guest-get-cpustats", /("(?!cpu")[a-z]+": )\d+/g);
      expect(await alike<number>("guest-set-vcpus", set(false))).toBe(1);
      expect(await reference.call("guest-set-vcpus", set(true))).toBe(1);
      expect(await agent.call("guest-set-vcpus", set(false))).toBe(1);
      expect(await agent.call("guest-set-vcpus", set(true))).toBe(1);
      expect(await state()).toBe("1\n");
    });

    test("what the kernel refuses of processors is told alike", async () => {
      await alikeError("guest-set-vcpus", { vcpus: [{ "logical-id": 0, online: false }] });
      await alikeError("guest-set-vcpus", { vcpus: [{ "logical-id": 7, online: true }] });
      const twoOfThree = {
        vcpus: [
          { "logical-id": 0, online: true },
          { "logical-id": 1, online: true },
          { "logical-id": 7, online: true },
        ],
      };
      expect(await alike<number>("guest-set-vcpus", twoOfThree)).toBe(2);
    });

    async function alikeError(command: string, args: AgentArguments): Promise<void> {
      const expected = await reference.exchange(command, args);
      expect(expected).toContain('"error"');
      expect(await agent.exchange(command, args)).toBe(expected);
    }

    test("a memory block goes off and on again, at the word of either agent", async () => {
      const blocks = await alike<Block[]>("guest-get-memory-blocks");
      const { size } = await alike<{ size: number }>("guest-get-memory-block-info");
      const hexSize = (await guest.text("cat /sys/devices/system/memory/block_size_bytes")).trim();
      expect(size).toBe(Number.parseInt(hexSize, 16));
      const index = Math.max(...blocks.map((block) => block["phys-index"]));
      const state = () => guest.text(`cat /sys/devices/system/memory/memory${index}/state`);
      const set = (online: boolean) => ({ "mem-blks": [{ "phys-index": index, online }] });
      const success = [{ "phys-index": index, response: "success" }];
      for (const [off, on] of [
        [agent, reference],
        [reference, agent],
      ] as const) {
        expect(await off.call("guest-set-memory-blocks", set(false))).toEqual(success);
        expect(await state()).toBe("offline\n");
        const seen = await alike<Block[]>("guest-get-memory-blocks");
        expect(seen.find((block) => block["phys-index"] === index)?.online).toBe(false);
        expect(await alike<unknown>("guest-set-memory-blocks", set(false))).toEqual(success);
        expect(await on.call("guest-set-memory-blocks", set(true))).toEqual(success);
        expect(await state()).toBe("online\n");
      }
    });

    test("what the kernel refuses of memory is told alike", async () => {
      // The first block has the kernel in it.
      const refused = { "mem-blks": [{ "phys-index": 0, online: false }] };
      const [answer] = await alike<{ response: string; "error-code": number }[]>(
        "guest-set-memory-blocks",
        refused,
      );
      expect(answer?.response).toBe("operation-failed");
      expect(answer?.["error-code"]).toBeGreaterThan(0);
      await alike("guest-set-memory-blocks", {
        "mem-blks": [
          { "phys-index": 99_999, online: true },
          { "phys-index": 1, online: true },
        ],
      });
    });

    test("disk statistics, with what was read of a disk", async () => {
      await guest.text("dd if=/dev/vda of=/dev/null bs=64k count=1");
      const reply = await alikeBut("guest-get-diskstats", /("[a-z-]+-ticks": )\d+/g);
      const disks = (JSON.parse(reply) as { return: { name: string; stats: object }[] }).return;
      const read = Number(await guest.text("awk '{print $3}' /sys/block/vda/stat"));
      expect(read).toBeGreaterThanOrEqual(128);
      expect(disks.find(({ name }) => name === "vda")?.stats).toMatchObject({
        "read-sectors": read,
      });
    });

    test("users by utmp, and by the sessions of systemd where there is no utmp", async () => {
      expect(await alike<unknown>("guest-get-users")).toEqual([]);
      const utmp = Buffer.concat([
        login("root", 1_700_000_001, 500_000),
        login("ada", 1_700_000_002, 0),
        login("root", 1_700_000_000, 250_000),
      ]);
      await guest.text(`echo ${utmp.toString("base64")} | base64 -d > /run/utmp`);
      expect(await alike<unknown>("guest-get-users")).toEqual([
        { user: "root", "login-time": 1_700_000_000.25 },
        { user: "ada", "login-time": 1_700_000_002 },
      ]);
      await guest.text(`
        rm /run/utmp
        mkdir -p /run/systemd/sessions
        printf 'USER=eve\\nCLASS=user\\nSTATE=active\\nREALTIME=1700000003500000\\n' > /run/systemd/sessions/1`);
      expect(await agent.call("guest-get-users")).toEqual(
        agentKind === "qemu-ga" ? [] : [{ user: "eve", "login-time": 1_700_000_003.5 }],
      );
    });

    test.skipIf(agentKind === "qemu-ga")("the load is a number for each time", async () => {
      expect(await agent.call("guest-get-load")).toEqual({
        load1m: expect.any(Number),
        load5m: expect.any(Number),
        load15m: expect.any(Number),
      });
    });
  },
);
