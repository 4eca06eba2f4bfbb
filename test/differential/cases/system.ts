import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Case, type Place, request, type Suite } from "../case.ts";
import { agentDied } from "../exchange.ts";
import { refused, returned } from "../words.ts";

// Both agents look at made-up files of /sys, /proc and /run, which are mounted over the real ones for them alone. The
// real ones are never touched: guest-set-vcpus writes into the working folder.

/** Paths with their contents; a path that ends in a slash is a folder. */
type Tree = Readonly<Record<string, string | Uint8Array>>;

function plant(folder: string, tree: Tree): void {
  for (const [path, content] of Object.entries(tree)) {
    const full = join(folder, path);
    mkdirSync(path.endsWith("/") ? full : dirname(full), { recursive: true });
    if (!path.endsWith("/")) writeFileSync(full, content);
  }
}

/** One request to a machine with these files below /sys/devices/system. */
function about(name: string, tree: Tree, send: string, reply: string): Case {
  return { name, setUp: (work) => plant(work, tree), steps: [{ send }], replies: [reply] };
}

/** The same, and a look at files afterwards. */
function changes(
  name: string,
  tree: Tree,
  send: string,
  reply: string,
  after: Readonly<Record<string, string>>,
): Case {
  return {
    name,
    setUp: (work) => plant(work, tree),
    steps: [
      { ask: send },
      ...Object.keys(after).map((path) => ({
        act: ({ work }: Place) => readFileSync(join(work, path), "utf8"),
      })),
    ],
    replies: [reply, ...Object.values(after)],
  };
}

const getVcpus = request("guest-get-vcpus");
function setVcpus(...vcpus: [id: number, online: boolean][]): string {
  const list = vcpus.map(([id, online]) => `{"logical-id":${id},"online":${online}}`);
  return request("guest-set-vcpus", `{"vcpus":[${list}]}`);
}
const vcpu = (id: number, online: boolean, canOffline: boolean) =>
  `{"online": ${online}, "can-offline": ${canOffline}, "logical-id": ${id}}`;

const getBlocks = request("guest-get-memory-blocks");
const blockInfo = request("guest-get-memory-block-info");
function setBlocks(...blocks: [index: number, online: boolean][]): string {
  const list = blocks.map(([index, online]) => `{"phys-index":${index},"online":${online}}`);
  return request("guest-set-memory-blocks", `{"mem-blks":[${list}]}`);
}
const block = (index: number, online: boolean, canOffline: boolean) =>
  `{"online": ${online}, "can-offline": ${canOffline}, "phys-index": ${index}}`;
const result = (index: number, response: string, errno?: number) =>
  `{"response": "${response}", ${errno === undefined ? "" : `"error-code": ${errno}, `}"phys-index": ${index}}`;
const list = (...items: string[]) => returned(`[${items.join(", ")}]`);

const quoted = (path: string) => `open("/sys/devices/system/${path}")`;
const online1 = 'pread("/sys/devices/system/cpu/cpu1//online")';

const processors: Case[] = [
  about(
    "one without a switch",
    { "cpu/cpu0/": "", "cpu/cpuidle/": "", "cpu/online": "0\n" },
    getVcpus,
    list(vcpu(0, true, false)),
  ),
  about("one that is on", { "cpu/cpu1/online": "1\n" }, getVcpus, list(vcpu(1, true, true))),
  about("one that is off", { "cpu/cpu12/online": "0\n" }, getVcpus, list(vcpu(12, false, true))),
  about(
    "a switch with nothing in it",
    { "cpu/cpu1/online": "" },
    getVcpus,
    refused(`${online1}: unexpected EOF`),
  ),
  about(
    "a switch that cannot be read",
    { "cpu/cpu1/online/": "" },
    getVcpus,
    refused(`${online1}: Is a directory`),
  ),
  about(
    "a processor that is no folder",
    { "cpu/cpu1": "" },
    getVcpus,
    refused(`${quoted("cpu/cpu1/")}: Not a directory`),
  ),
  about(
    "no folder of processors",
    {},
    getVcpus,
    refused("failed to list entries: /sys/devices/system/cpu: No such file or directory"),
  ),
  {
    ...about("an empty folder of processors", { "cpu/": "" }, getVcpus, agentDied),
    difference: "no-processor-folder",
    ours: [list()],
  },
  changes("off", { "cpu/cpu1/online": "1\n" }, setVcpus([1, false]), returned(1), {
    "cpu/cpu1/online": "0\n",
  }),
  changes("on", { "cpu/cpu1/online": "0\n" }, setVcpus([1, true]), returned(1), {
    "cpu/cpu1/online": "1\n",
  }),
  about("on without a switch", { "cpu/cpu0/": "" }, setVcpus([0, true]), returned(1)),
  about(
    "off without a switch",
    { "cpu/cpu0/": "" },
    setVcpus([0, false]),
    refused("logical processor #0 can't be offlined"),
  ),
  changes(
    "the first fails",
    { "cpu/cpu0/": "", "cpu/cpu1/online": "1\n" },
    setVcpus([0, false], [1, false]),
    refused("logical processor #0 can't be offlined"),
    { "cpu/cpu1/online": "1\n" },
  ),
  changes(
    "the third of four fails",
    { "cpu/cpu0/": "", "cpu/cpu1/online": "1\n", "cpu/cpu2/online": "1\n" },
    setVcpus([0, true], [1, false], [7, false], [2, false]),
    returned(2),
    { "cpu/cpu1/online": "0\n", "cpu/cpu2/online": "1\n" },
  ),
  about("none", {}, setVcpus(), returned(0)),
  about(
    "one that is not there",
    { "cpu/": "" },
    setVcpus([99, true]),
    refused(`${quoted("cpu/cpu99/")}: No such file or directory`),
  ),
  about(
    "a negative number",
    { "cpu/": "" },
    setVcpus([-1, true]),
    refused(`${quoted("cpu/cpu-1/")}: No such file or directory`),
  ),
  about(
    "setting a switch with nothing in it",
    { "cpu/cpu1/online": "" },
    setVcpus([1, true]),
    refused(`${online1}: unexpected EOF`),
  ),
  about(
    "setting a switch that cannot be opened",
    { "cpu/cpu1/online/": "" },
    setVcpus([1, true]),
    refused(`${quoted("cpu/cpu1//online")}: Is a directory`),
  ),
];

const memory: Case[] = [
  about(
    "a block that is on and stays",
    { "memory/memory3/state": "online\n", "memory/memory3/removable": "0\n" },
    getBlocks,
    list(block(3, true, false)),
  ),
  about(
    "a block that is off",
    { "memory/memory32/state": "offline\n", "memory/memory32/removable": "1\n" },
    getBlocks,
    list(block(32, false, true)),
  ),
  about(
    "a block that is going off",
    { "memory/memory1/state": "going-offline\n", "memory/block_size_bytes": "8000000\n" },
    getBlocks,
    list(block(1, false, false)),
  ),
  about(
    "a block with words behind online",
    { "memory/memory1/state": "online_movable\n" },
    getBlocks,
    list(block(1, true, false)),
  ),
  about(
    "a block without a state",
    { "memory/memory1/removable": "1\n" },
    getBlocks,
    list(block(1, true, false)),
  ),
  about(
    "a state with nothing in it",
    { "memory/memory1/state": "" },
    getBlocks,
    refused('pread sysfs file "state": unexpected EOF'),
  ),
  about(
    "a state that cannot be read",
    { "memory/memory1/state/": "" },
    getBlocks,
    refused('pread sysfs file "state": Is a directory'),
  ),
  about(
    "a removable with nothing in it",
    { "memory/memory1/state": "online\n", "memory/memory1/removable": "" },
    getBlocks,
    refused('pread sysfs file "removable": unexpected EOF'),
  ),
  about("no folder of blocks", {}, getBlocks, list()),
  about(
    "an empty folder of blocks",
    { "memory/": "" },
    getBlocks,
    refused("guest reported zero memory blocks!"),
  ),
  about(
    "the size of a block",
    { "memory/block_size_bytes": "8000000\n" },
    blockInfo,
    returned('{"size": 134217728}'),
  ),
  about(
    "the size in hexadecimal with its sign",
    { "memory/block_size_bytes": "0x8g\n" },
    blockInfo,
    returned('{"size": 8}'),
  ),
  about(
    "a size that is none",
    { "memory/block_size_bytes": "zzz\n" },
    blockInfo,
    returned('{"size": 0}'),
  ),
  about(
    "a size with nothing in it",
    { "memory/block_size_bytes": "" },
    blockInfo,
    refused('pread sysfs file "block_size_bytes": unexpected EOF'),
  ),
  about(
    "no size",
    { "memory/": "" },
    blockInfo,
    refused('open sysfs file "block_size_bytes": No such file or directory'),
  ),
  about(
    "no folder for a size",
    {},
    blockInfo,
    refused(`${quoted("memory/")}: No such file or directory`),
  ),
  changes(
    "blocks off and on",
    { "memory/memory1/state": "online\n", "memory/memory2/state": "offline\n" },
    setBlocks([1, false], [2, true]),
    list(result(1, "success"), result(2, "success")),
    // sysfs cuts the file at each write; a file of a disk keeps what stood behind.
    { "memory/memory1/state": "offline", "memory/memory2/state": "onlinee\n" },
  ),
  changes(
    "blocks that are as wanted",
    { "memory/memory1/state": "online\n", "memory/memory2/state": "offline\n" },
    setBlocks([1, true], [2, false]),
    list(result(1, "success"), result(2, "success")),
    { "memory/memory1/state": "online\n", "memory/memory2/state": "offline\n" },
  ),
  about(
    "a block without a state is on",
    { "memory/memory1/": "" },
    setBlocks([1, true], [1, false]),
    list(result(1, "success", 2), result(1, "operation-not-supported", 2)),
  ),
  about(
    "blocks that are not there",
    { "memory/": "" },
    setBlocks([99_999, true], [1, false]),
    list(result(99_999, "not-found", 2), result(1, "not-found", 2)),
  ),
  about(
    "no folder of blocks to set",
    {},
    setBlocks([1, true]),
    list(result(1, "operation-not-supported", 2)),
  ),
  about(
    "a block that is no folder",
    { "memory/memory1": "" },
    setBlocks([1, true]),
    list(result(1, "operation-failed", 20)),
  ),
  about(
    "setting a state with nothing in it",
    { "memory/memory1/state": "" },
    setBlocks([1, true], [1, false]),
    list(result(1, "operation-failed", 0), result(1, "operation-failed", 0)),
  ),
  about(
    "setting a state that cannot be read",
    { "memory/memory1/state/": "" },
    setBlocks([1, true]),
    list(result(1, "operation-failed", 21)),
  ),
  about("no blocks to set", {}, setBlocks(), list()),
];

const getUsers = request("guest-get-users");
const encoder = new TextEncoder();

/** A record of utmp(5) on x86-64 (gcc 12, glibc 2.36), written out by its offsets. */
function record(type: number, user: string | Uint8Array, seconds: number, microseconds = 0) {
  const memory = new Uint8Array(384);
  const view = new DataView(memory.buffer);
  view.setInt16(0, type, true);
  view.setInt32(4, 4711, true);
  memory.set(encoder.encode("pts/0"), 8);
  memory.set(encoder.encode("ts/0"), 40);
  memory.set(typeof user === "string" ? encoder.encode(user) : user, 44);
  memory.set(encoder.encode("host"), 76);
  view.setInt32(340, seconds, true);
  view.setInt32(344, microseconds, true);
  return memory;
}

const userProcess = 7;
const user = (name: string, since: string) => `{"login-time": ${since}, "user": "${name}"}`;

const users: Case[] = [
  about("an empty utmp", { utmp: "" }, getUsers, list()),
  about(
    "each user once, with the first login",
    {
      utmp: Buffer.concat([
        record(2, "reboot", 5),
        record(userProcess, "root", 1_700_000_000, 123_456),
        record(8, "", 1),
        record(userProcess, "alice", 1_700_000_005),
        record(6, "LOGIN", 3),
        record(userProcess, "root", 1_600_000_000, 1),
        record(userProcess, "root", 1_800_000_000),
      ]),
    },
    getUsers,
    list(user("root", "1600000000.000001"), user("alice", "1700000005")),
  ),
  about(
    "odd names and times",
    {
      utmp: Buffer.concat([
        record(userProcess, "", 9, 9),
        record(userProcess, "jürgen", 2 ** 31 - 1, 999_999),
        record(userProcess, Uint8Array.of(0x62, 0xff), 1, 1),
        record(userProcess, "past", -5, 7),
      ]),
    },
    getUsers,
    list(
      user("", "9.0000090000000004"),
      user("j\\u00FCrgen", "2147483647.999999"),
      user("b\\uFFFD", "1.0000009999999999"),
      user("past", "-4.9999929999999999"),
    ),
  ),
  about(
    "half a record at the end",
    { utmp: Buffer.concat([record(userProcess, "a", 1), record(userProcess, "b", 1).slice(200)]) },
    getUsers,
    list(user("a", "1")),
  ),
  {
    ...about(
      "a name of 32 letters",
      { utmp: record(userProcess, "x".repeat(32), 1) },
      getUsers,
      list(user(`${"x".repeat(32)}host`, "1")),
    ),
    difference: "long-names-in-utmp",
    ours: [list(user("x".repeat(32), "1"))],
  },
];

/** Lines of all lengths that kernels have written, and between them; counters beyond 32 and 64 bits. */
const diskstats = `   8       0 sda 1 2 3 4
   8       1 sda1 1 2 3 4 5
   8       2 sda2 1 2 3 4 5 6 7 8 9 10
   8       3 sda3 1 2 3 4 5 6 7 8 9 10 11
   8       4 sda4 1 2 3 4 5 6 7 8 9 10 11 12 13
   8       5 sda5 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15
   8       6 sda6 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16
   8       7 sda7 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17
   8       8 sda8 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19
   8       9 sda9 1 2 3
x y z
   8       x sdx 1 2 3 4
   x       8 sdx 1 2 3 4
   8      10 sdb 18446744073709551615 4294967296 4294967297 4294967298 4294967299 4294967300 4294967301 4294967302 4294967303 4294967304 4294967305 4294967306 4294967307 4294967308 4294967309 4294967310 4294967311
   8      11 sdc 1 2 x 4 5 6 7 8 9 10 11 12 13 14 15 16 17
   8      12 sdd 1 2 3 4 x 6 7 8 9 10 11 12 13 14 15 16 17

 259 4294967295 nvme0n1 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17
`;

const short = '{"write-ios": 3, "read-ios": 1, "write-sectors": 4, "read-sectors": 2}';
const plain =
  '{"write-ios": 5, "weight-ticks": 11, "read-ios": 1, "write-sectors": 7, "write-merges": 6, "write-ticks": 8, "ios-pgr": 9, "read-sectors": 3, "read-merges": 2, "total-ticks": 10, "read-ticks": 4}';
const discards =
  '{"discard-sectors": 14, "write-ios": 5, "discard-ios": 12, "discard-ticks": 15, "weight-ticks": 11, "read-ios": 1, "write-sectors": 7, "write-merges": 6, "write-ticks": 8, "ios-pgr": 9, "read-sectors": 3, "read-merges": 2, "total-ticks": 10, "discard-merges": 13, "read-ticks": 4}';
const flushes =
  '{"discard-sectors": 14, "write-ios": 5, "discard-ios": 12, "discard-ticks": 15, "weight-ticks": 11, "read-ios": 1, "flush-ios": 16, "write-sectors": 7, "write-merges": 6, "write-ticks": 8, "ios-pgr": 9, "read-sectors": 3, "read-merges": 2, "total-ticks": 10, "discard-merges": 13, "flush-ticks": 17, "read-ticks": 4}';
const large =
  '{"discard-sectors": 4294967308, "write-ios": 4294967299, "discard-ios": 4294967306, "discard-ticks": 13, "weight-ticks": 9, "read-ios": 18446744073709551615, "flush-ios": 4294967310, "write-sectors": 4294967301, "write-merges": 4294967300, "write-ticks": 6, "ios-pgr": 7, "read-sectors": 4294967297, "read-merges": 4294967296, "total-ticks": 8, "discard-merges": 4294967307, "flush-ticks": 15, "read-ticks": 4294967298}';
const disk = (name: string, stats: string, minor: number, major = 8) =>
  `{"name": "${name}", "stats": ${stats}, "minor": ${minor}, "major": ${major}}`;

const stat = `cpu  11792 0 3019 104815 288 0 42 14 0 0
cpu0 8547 1 1336 50099 16 3 7 5 4 2
cpu1 3244 0 1683 54715
cpu3 3244 0 1683 54715 7 8 9
cpu5 1 2 3 4 x 6 7
cpu7 1 2 3 18446744073709551615
intr 1 2 3 4 5 6
cpu13 1 2 3 4 5 6 7 8 9 10 11 12
cpu20 1 2 3
cpu14 1 2 3 4 5
`;

const counters: Case[] = [
  {
    name: "/proc/diskstats with lines of all lengths",
    steps: [{ send: request("guest-get-diskstats") }],
    replies: [
      list(
        ...[disk("sda", short, 0), disk("sda1", "{}", 1), disk("sda2", "{}", 2)],
        ...[disk("sda3", plain, 3), disk("sda4", plain, 4)],
        ...[disk("sda5", discards, 5), disk("sda6", discards, 6)],
        ...[disk("sda7", flushes, 7), disk("sda8", flushes, 8)],
        ...[disk("sdb", large, 10), disk("sdd", short, 12)],
        disk("nvme0n1", flushes, 4_294_967_295, 259),
      ),
    ],
  },
  {
    name: "/proc/stat with lines of all lengths",
    steps: [{ send: request("guest-get-cpustats") }],
    replies: [
      list(
        '{"cpu": 0, "guestnice": 20, "idle": 500990, "steal": 50, "iowait": 160, "system": 13360, "guest": 40, "nice": 10, "irq": 30, "type": "linux", "user": 85470, "softirq": 70}',
        '{"cpu": 1, "idle": 547150, "system": 16830, "nice": 0, "type": "linux", "user": 32440}',
        '{"cpu": 3, "idle": 547150, "iowait": 70, "system": 16830, "nice": 0, "irq": 80, "type": "linux", "user": 32440, "softirq": 90}',
        '{"cpu": 5, "idle": 40, "system": 30, "nice": 20, "type": "linux", "user": 10}',
        '{"cpu": 7, "idle": 184467440737095506, "system": 30, "nice": 20, "type": "linux", "user": 10}',
        '{"cpu": 13, "guestnice": 100, "idle": 40, "steal": 80, "iowait": 50, "system": 30, "guest": 90, "nice": 20, "irq": 60, "type": "linux", "user": 10, "softirq": 70}',
      ),
    ],
  },
];

/** Mounts the working folder where devices and utmp are looked for. */
export const systemMounts = `
mount --bind . /sys/devices/system
mount --bind . /run`;

const procMounts = `
mount --bind diskstats /proc/diskstats
mount --bind stat /proc/stat`;

const overSystem = { namespace: systemMounts };

/** For `system.test.ts`, since not every machine can run them. */
export const systemSuites: readonly Suite[] = [
  { topic: "processors in a made-up /sys", setup: overSystem, cases: processors },
  { topic: "memory in a made-up /sys", setup: overSystem, cases: memory },
  { topic: "users in a made-up utmp", setup: overSystem, cases: users },
  {
    topic: "counters in a made-up /proc",
    setup: {
      namespace: procMounts,
      prepare: ({ work }) => plant(work, { diskstats, stat }),
    },
    cases: counters,
  },
];
