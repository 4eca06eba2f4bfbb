/** The arm64 build in a real Linux on QEMU's board of that architecture, beside this machine's build on a PC. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { createHash, randomBytes } from "node:crypto";
import type { AgentArguments, AgentConnection } from "../guest/agent-connection.ts";
import { agentUnderTest, missingForAgentTests } from "../guest/agent-under-test.ts";
import { Guest, type GuestOptions } from "../guest/guest.ts";
import { guestExec } from "../guest/guest-exec.ts";
import { missingForKernel, missingSystemPrograms, needs } from "../guest/requirements.ts";
import { mustRunTool, systemProgram } from "../guest/tool.ts";
import { StreamEndError } from "../guest/unix-stream.ts";
import { arm64Emulator, arm64Machine } from "./arm64/machine.ts";
import { arm64Root, missingForArm64Root } from "./arm64/root.ts";
import { arm64Build } from "./builds.ts";

const bootTimeoutMs = 600_000;
const deadlineMs = 120_000;
setDefaultTimeout(200_000);

const mebibyte = 1024 * 1024;

const missing = [
  ...missingForAgentTests(),
  ...missingForArm64Root(),
  ...missingForKernel("cloud-arm64"),
  ...missingSystemPrograms([arm64Emulator, "mke2fs"]),
];

/** What both guests have. */
const alike: GuestOptions = {
  agent: agentUnderTest,
  agentTraits: { path: "/usr/bin/guestwire" },
  processors: 2,
  modules: ["crc32c_generic", "ext4", "virtio_blk"],
  disks: [
    {
      name: "ext",
      bytes: 64 * mebibyte,
      device: "virtio-blk-pci,serial=ext4-disk",
      fill: (path) => mustRunTool([systemProgram("mke2fs"), "-q", "-F", "-t", "ext4", path]),
    },
  ],
};

describe.skipIf(missing.length > 0)(`the arm64 build in a guest${needs(missing)}`, () => {
  let guest: Guest;
  let agent: AgentConnection;
  let pc: Guest;
  let pcAgent: AgentConnection;

  const upAndMounted = async (options: GuestOptions): Promise<[Guest, AgentConnection]> => {
    const booted = await Guest.boot(options);
    await booted.text("mkdir /ext4 && mount -t ext4 /dev/vda /ext4");
    const connected = await booted.connect();
    await connected.sync();
    return [booted, connected];
  };

  beforeAll(async () => {
    const machine = arm64Machine(await arm64Root());
    [guest, agent] = await upAndMounted({ ...alike, machine, agent: await arm64Build() });
    [pc, pcAgent] = await upAndMounted(alike);
  }, bootTimeoutMs);

  afterAll(async () => {
    await agent?.close();
    await pcAgent?.close();
    await guest?.[Symbol.asyncDispose]();
    await pc?.[Symbol.asyncDispose]();
  });

  test("tells the system it runs on as uname does", async () => {
    const info = (await agent.call("guest-get-osinfo")) as Record<string, unknown>;
    const onPc = (await pcAgent.call("guest-get-osinfo")) as Record<string, unknown>;
    expect(info).toEqual({
      ...onPc,
      machine: "aarch64",
      "kernel-release": (await guest.text("uname -r")).trim(),
      "kernel-version": (await guest.text("uname -v")).trim(),
    });
  });

  const sameReplies: readonly (readonly [string, AgentArguments?])[] = [
    ["guest-info"],
    ["guest-get-host-name"],
    ["guest-get-timezone"],
    ["guest-get-users"],
    ["guest-fsfreeze-status"],
    ["guest-network-get-interfaces"],
    ["guest-exec-status", { pid: 4_000_000 }],
    // What the emulation of programs cannot tell, see arm64/left-out.ts.
    ["guest-exec", { path: "/nonexistent/program" }],
    ["guest-file-open", { path: "/nonexistent" }],
    ["guest-file-read", { handle: 1, count: -1 }],
    ["guest-sync-delimited", { id: "9223372036854775808" }],
  ];

  test("says what the x86-64 build says where the machine does not matter", async () => {
    for (const [command, args] of sameReplies) {
      expect(await agent.exchange(command, args)).toBe(await pcAgent.exchange(command, args));
    }
  });

  test("sees the same file system on the same disk", async () => {
    const [fileSystem, ...others] = (await agent.call("guest-get-fsinfo")) as FileSystem[];
    const [onPc] = (await pcAgent.call("guest-get-fsinfo")) as FileSystem[];
    expect(others).toEqual([]);
    expect(fileSystem).toMatchObject({ name: "vda", mountpoint: "/ext4", type: "ext4" });
    const { "pci-controller": _, ...disk } = fileSystem?.disk[0] ?? {};
    const { "pci-controller": __, ...diskOnPc } = onPc?.disk[0] ?? {};
    expect(disk).toEqual({ ...diskOnPc, serial: "ext4-disk" });
    const statfs = await guest.text("stat -f -c '%b %f %S' /ext4");
    const [blocks, free, size] = statfs.trim().split(" ").map(Number) as [number, number, number];
    expect(fileSystem?.["used-bytes"]).toBe((blocks - free) * size);
    const paths = async (of: AgentConnection) =>
      ((await of.call("guest-get-disks")) as { name: string }[]).map(({ name }) => name);
    expect(await paths(agent)).toEqual(await paths(pcAgent));
  });

  test("has its processors, and takes one away and back", async () => {
    // In the order of the folder in /sys, which is the kernel's affair.
    const processors = async () =>
      ((await agent.call("guest-get-vcpus")) as Processor[]).sort(
        (one, other) => one["logical-id"] - other["logical-id"],
      );
    const offline = (online: boolean) =>
      agent.call("guest-set-vcpus", { vcpus: [{ "logical-id": 1, online }] });
    const online = async () => (await guest.text("cat /sys/devices/system/cpu/online")).trim();
    expect(await processors()).toMatchObject([
      { "logical-id": 0, online: true },
      { "logical-id": 1, online: true, "can-offline": true },
    ]);
    expect(await offline(false)).toBe(1);
    expect(await online()).toBe("0");
    expect(await processors()).toMatchObject([{ online: true }, { online: false }]);
    expect(await offline(true)).toBe(1);
    expect(await online()).toBe("0-1");
  });

  test("brings a file there and back, byte for byte", async () => {
    const bytes = randomBytes(3 * mebibyte + 1);
    const write = await agent.call("guest-file-open", { path: "/ext4/file", mode: "w" });
    const data = bytes.toString("base64");
    expect(
      await agent.call("guest-file-write", { handle: write, "buf-b64": data }, deadlineMs),
    ).toEqual({ count: bytes.length, eof: false });
    await agent.call("guest-file-close", { handle: write });
    const sum = (await guest.text("sha256sum /ext4/file")).split(" ")[0];
    expect(sum).toBe(createHash("sha256").update(bytes).digest("hex"));
    const handle = await agent.call("guest-file-open", { path: "/ext4/file" });
    const count = bytes.length + 1;
    const read = await agent.call("guest-file-read", { handle, count }, deadlineMs);
    expect(read).toEqual({ count: bytes.length, "buf-b64": data, eof: true });
    expect(await agent.call("guest-file-seek", { handle, offset: -1, whence: "end" })).toEqual({
      position: bytes.length - 1,
      eof: false,
    });
    await agent.call("guest-file-close", { handle });
  });

  test("runs programs, with input, both outputs and the status", async () => {
    const result = await guestExec(agent, ["/bin/sh", "-c", "uname -m; echo no >&2; exit 7"]);
    expect(result).toEqual({ status: 7, stdout: "aarch64\n", stderr: "no\n" });
    const killed = await guestExec(agent, ["/bin/sh", "-c", "kill -TERM $$"]);
    expect(killed.status).toBe(128 + 15);
  });

  test("freezes and thaws, and a writer waits meanwhile", async () => {
    expect(await agent.call("guest-fsfreeze-freeze")).toBe(1);
    expect(await agent.call("guest-fsfreeze-status")).toBe("frozen");
    await guest.text("(echo late >/ext4/late; echo written >/run/written) >/dev/null 2>&1 &");
    expect(await guest.text("cat /run/written 2>&1 || true")).toContain("No such file");
    expect(await agent.call("guest-fsfreeze-thaw")).toBe(1);
    await guest.text("until [ -e /run/written ]; do usleep 10000; done");
    expect(await agent.call("guest-fsfreeze-status")).toBe("thawed");
  });

  test("trims", async () => {
    expect(await agent.call("guest-fstrim")).toMatchObject({ paths: [{ path: "/ext4" }] });
  });

  test("is in step again after noise and a 0xFF, and keeps its memory", async () => {
    const { pid } = guest.agent.process;
    const noise = Buffer.concat([randomBytes(mebibyte), Buffer.alloc(mebibyte, '{"a":[')]);
    const sent = agent.send(noise, deadlineMs);
    await agent.sync(deadlineMs);
    await sent;
    expect(await agent.exchange("guest-ping")).toBe('{"return": {}}');
    expect(await guest.text(`kill -0 ${pid} && echo alive`)).toBe("alive\n");
  });

  test("shuts the guest down", async () => {
    await guest.text("umount /ext4");
    await agent.send('{"execute":"guest-sync","arguments":{"id":5}}{"execute":"guest-shutdown"}');
    expect(await agent.line()).toBe('{"return": 5}');
    const { data } = await guest.event("Shutdown", ({ event }) => event === "SHUTDOWN", deadlineMs);
    expect(data).toEqual({ guest: true, reason: "guest-shutdown" });
    await expect(agent.line(deadlineMs)).rejects.toBeInstanceOf(StreamEndError);
  });
});

interface Processor {
  readonly "logical-id": number;
}

interface FileSystem {
  readonly "used-bytes": number;
  readonly disk: readonly Readonly<Record<string, unknown>>[];
}
