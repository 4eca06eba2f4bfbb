/** Freezing and thawing for real, which no test on this machine may do. */
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  setDefaultTimeout,
  test,
} from "bun:test";
import { existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startPiped } from "../process/piped.ts";
import { until as untilHere } from "../process/proc.ts";
import type { AgentConnection } from "./agent-connection.ts";
import {
  agentUnderTest,
  hasReferenceAgent,
  missingForAgentTests,
  referenceAgent,
} from "./agent-under-test.ts";
import { Guest } from "./guest.ts";
import { missingSystemPrograms, needs } from "./requirements.ts";
import { mustRunTool, systemProgram } from "./tool.ts";
import { DeadlineError } from "./unix-stream.ts";
import { Writers } from "./writers.ts";

const bootTimeoutMs = 240_000;
setDefaultTimeout(120_000);

const mebibyte = 1024 * 1024;
const referencePort = "org.example.reference.0";
const hook = "/etc/hook";
/** Says what it was called with, and does what /run/hook-<argument> holds. */
const hookText = `#!/bin/sh
echo "$1" >>/run/hook-calls
[ ! -e "/run/hook-$1" ] || . "/run/hook-$1"
`;
/** In a copy of the mount table, whose order is that of the tree and not of the mounting. */
const namespaceScript = `#!/bin/sh
exec unshare -m /usr/bin/guestwire "$@"
`;

const missing = [
  ...missingForAgentTests("amd64"),
  ...missingSystemPrograms(["mke2fs", "mkfs.xfs"]),
];

const mountAll = `
  mount -t ext4 /dev/vda /ext4
  mount -t xfs /dev/vdb /xfs
  losetup /dev/loop0 /ext4/loop.img
  mount -t ext4 /dev/loop0 /loop`;
/** A loop device in use goes with its last user (LOOP_CLR_FD in loop(4)). */
const unmountAll = `
  [ ! -s /sys/block/loop0/loop/backing_file ] || losetup -d /dev/loop0
  awk '$1 ~ "^/dev/(vd|loop)" || $2 ~ "^/hidden" { print $2 }' /proc/mounts | tac >/run/mounted
  while read -r path; do umount "$path" || exit 1; done </run/mounted
  ! grep -q ^/dev/ /proc/mounts`;

async function makeExt4(path: string, folder?: string): Promise<void> {
  const content = folder === undefined ? [] : ["-d", folder];
  await mustRunTool([systemProgram("mke2fs"), "-q", "-F", "-t", "ext4", ...content, path]);
}

describe.skipIf(missing.length > 0)(`guest-fsfreeze-* in a guest${needs(missing)}`, () => {
  let guest: Guest;
  let agent: AgentConnection;
  let writers: Writers;
  const folder = mkdtempSync(join(tmpdir(), "guestwire-freeze-"));

  beforeAll(async () => {
    await Bun.write(join(folder, "content/loop.img"), "");
    await mustRunTool(["truncate", "-s", "16M", join(folder, "content/loop.img")]);
    await makeExt4(join(folder, "content/loop.img"));
    guest = await Guest.boot({
      agent: agentUnderTest,
      agentTraits: { path: "/usr/bin/guestwire" },
      moreAgents: [
        {
          name: "namespace",
          from: agentUnderTest,
          path: "/usr/bin/in-namespace",
          port: "org.example.namespace.0",
          args: ["-p", "/dev/virtio-ports/org.example.namespace.0", "-t", "/run/namespace"],
          started: false,
        },
        ...(hasReferenceAgent
          ? [
              {
                name: "reference",
                from: referenceAgent,
                path: "/usr/bin/reference-agent",
                port: referencePort,
                args: ["-p", `/dev/virtio-ports/${referencePort}`, "-t", "/run/reference"],
                started: false,
              },
            ]
          : []),
      ],
      kernelFlavour: "amd64",
      modules: ["crc32c_generic", "ext4", "xfs", "fuse", "loop", "virtio_blk"],
      files: [
        { path: hook, mode: 0o755, text: hookText },
        { path: "/usr/bin/in-namespace", mode: 0o755, text: namespaceScript },
      ],
      disks: [
        {
          name: "ext",
          bytes: 96 * mebibyte,
          device: "virtio-blk-pci",
          fill: (path) => makeExt4(path, join(folder, "content")),
        },
        {
          name: "xfs",
          bytes: 320 * mebibyte,
          device: "virtio-blk-pci",
          fill: (path) => mustRunTool([systemProgram("mkfs.xfs"), "-q", path]),
        },
      ],
    });
    await guest.text("mkdir -p /run/namespace /run/reference /ext4 /xfs /loop /late /bind");
    writers = new Writers(guest);
    agent = await guest.connect();
    await agent.sync();
  }, bootTimeoutMs);

  afterAll(async () => {
    await agent?.close();
    await guest?.[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  const status = () => agent.call("guest-fsfreeze-status");
  const thaw = () => agent.call("guest-fsfreeze-thaw");
  const refusal = (name: string) =>
    `{"error": {"class": "CommandNotFound", "desc": "Command ${name} has been disabled: the command is not allowed"}}`;

  const write = (path: string) => writers.write(path);
  const writersEnded = async () =>
    Number((await guest.text("grep -c ended /run/writers || true")).trim());
  const until = (condition: string) => writers.until(condition);
  const isStuck = (pid: string) => writers.isStuck(pid);
  const hookCalls = async () =>
    (await guest.text("cat /run/hook-calls 2>/dev/null || true")).trim().split("\n").join(" ");

  const restart = async (args: readonly string[] = []) => {
    await guest.agent.stop();
    await guest.agent.start(args);
    await guest.agent.opened();
    await agent.sync();
  };

  beforeEach(async () => {
    await writers.clear();
    await guest.text(`rm -f /run/hook-*; ${mountAll}`);
  });

  afterEach(async () => {
    await thaw();
    // Whatever a test has mounted besides.
    await guest.text(unmountAll);
  });

  test("writers wait from the freeze to the thaw, and the loop device does not hang", async () => {
    expect(await status()).toBe("thawed");
    expect(await agent.call("guest-fsfreeze-freeze")).toBe(3);
    expect(await status()).toBe("frozen");
    const writers = [await write("/ext4/w"), await write("/xfs/w"), await write("/loop/w")];
    for (const writer of writers) await isStuck(writer);
    expect(await writersEnded()).toBe(0);
    expect(await thaw()).toBe(3);
    expect(await status()).toBe("thawed");
    await until("[ $(grep -c ended /run/writers) -eq 3 ]");
    expect(await guest.text("cat /ext4/w /xfs/w /loop/w")).toBe("text\ntext\ntext\n");
  });

  describe("guestwire freeze on the host thaws when", () => {
    const mark = join(folder, "mark");
    beforeEach(async () => {
      rmSync(mark, { force: true });
      await agent.close();
    });
    afterEach(async () => {
      agent = await guest.connect();
      await agent.sync();
    });

    test.each([
      ["its command succeeds", "exit 0", null, 0],
      ["its command fails", "exit 3", null, 3],
      ["its command is killed", "kill -9 $$", null, 137],
      ["it is told to end", "exec sleep 1000", "SIGTERM", 143],
    ] as const)("%s", async (_, script, signal, code) => {
      const command = `: >${mark}; read -r line; ${script}`;
      const piped = startPiped(["freeze", guest.agent.socket, "--", "sh", "-c", command]);
      await untilHere("the command runs", () => existsSync(mark));
      await isStuck(await write("/ext4/w"));
      if (signal === null) await piped.process.stdin.end();
      else piped.process.kill(signal);
      const ended = await piped.ended();
      expect(ended).toMatchObject({ code, stdout: "" });
      expect(ended.stderr).toMatch(
        /^guestwire freeze: 3 file systems were frozen for \d+\.\d{3} s\n$/,
      );
      await until("grep -q ended /run/writers");
    });
  });

  test("while frozen, only what touches no file is carried out", async () => {
    await agent.call("guest-fsfreeze-freeze");
    const info = (await agent.call("guest-info")) as {
      supported_commands: { name: string; enabled: boolean }[];
    };
    const allowed = [
      "__org.guestwire_capabilities",
      "__org.guestwire_exec-read",
      "__org.guestwire_summary",
      "guest-fsfreeze-status",
      "guest-fsfreeze-thaw",
      "guest-info",
      "guest-ping",
      "guest-sync",
      "guest-sync-delimited",
    ];
    const enabled = info.supported_commands.filter((each) => each.enabled);
    expect(enabled.map(({ name }) => name).sort()).toEqual(allowed);
    for (const { name } of info.supported_commands) {
      if (!allowed.includes(name)) expect(await agent.exchange(name)).toBe(refusal(name));
    }
    expect(await agent.exchange("guest-ping")).toBe('{"return": {}}');
    await guest.agent.process.signal("TERM");
    await guest.agent.process.signal("INT");
    expect(await status()).toBe("frozen");
    await thaw();
    expect(await agent.exchange("guest-get-host-name")).toContain("return");
  });

  test("an agent that is killed leaves its mark, and the next one thaws", async () => {
    await agent.call("guest-fsfreeze-freeze");
    const writer = await write("/ext4/w");
    await isStuck(writer);
    await guest.agent.process.signal("KILL");
    await guest.agent.exitStatus();
    await guest.agent.start(["-l", "/run/agent.log", "-t", "/run"]);
    await guest.agent.opened();
    await agent.sync();
    expect(await status()).toBe("frozen");
    expect(await agent.exchange("guest-fsfreeze-freeze")).toBe(refusal("guest-fsfreeze-freeze"));
    expect(await guest.text("ls /run/qga.state.isfrozen; ls /run/agent.log || true")).toBe(
      "/run/qga.state.isfrozen\n",
    );
    expect(await thaw()).toBe(3);
    expect(await status()).toBe("thawed");
    await until("grep -q ended /run/writers");
    expect(await guest.text("ls /run/agent.log; ls /run/qga.state.isfrozen || true")).toBe(
      "/run/agent.log\n",
    );
    await restart();
    expect(await status()).toBe("thawed");
  });

  describe("the logs and the state on a file system that freezes, or breaks", () => {
    const logs = ["-v", "-l", "/ext4/agent.log", "-t", "/ext4/state", "--audit-log=/ext4/audit"];
    const sizes = () => guest.text("wc -c </ext4/agent.log; wc -c </ext4/audit");
    const verify = () => guest.text("/usr/bin/guestwire audit verify /ext4/audit");
    const audited = async () =>
      (await guest.text("cat /ext4/audit"))
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line) as Record<string, unknown>)
        .map(({ command, event, outcome }) => `${command ?? event} ${outcome ?? ""}`.trim());

    beforeEach(async () => {
      await guest.text("mkdir -p /ext4/state; rm -f /ext4/audit");
      await restart(logs);
    });
    afterEach(async () => {
      await restart();
    });

    test("nothing is written while frozen, and all of it after the thaw", async () => {
      expect(await agent.call("guest-fsfreeze-freeze")).toBe(3);
      const before = await sizes();
      for (let count = 0; count < 3; count++) {
        await agent.exchange("guest-exec", { path: "/bin/true" });
      }
      expect(await sizes()).toBe(before);
      await thaw();
      expect(await audited()).toEqual([
        "start",
        "guest-fsfreeze-freeze ok",
        ...Array(3).fill("guest-exec refused"),
        "guest-fsfreeze-thaw ok",
      ]);
      expect(await verify()).toStartWith("6 lines, whole\n");
    });

    test("the agent serves when the kernel makes it read-only, and no line is lost", async () => {
      const open = () => agent.exchange("guest-file-open", { path: "/proc/version" });
      expect(await open()).toContain("return");
      await guest.text("echo u >/proc/sysrq-trigger");
      await until("grep -q ' /ext4 ext4 ro,' /proc/mounts");
      expect(await open()).toContain("return");
      expect(await agent.exchange("guest-exec", { path: "/bin/true" })).toContain("return");
      expect(await agent.exchange("guest-fsfreeze-freeze")).toBe(
        '{"error": {"class": "GenericError", "desc": "failed to mark file systems as frozen: Read-only file system"}}',
      );
      // Whether the kernel takes what is written to open files until here differs; it has them afterwards.
      await guest.text("mount -o remount,rw /ext4");
      expect(await agent.exchange("guest-file-close", { handle: 1 })).toContain("error");
      expect((await audited()).slice(1)).toEqual([
        ...["guest-file-open ok", "guest-file-open ok", "guest-exec ok"],
        ...["guest-fsfreeze-freeze error", "guest-file-close error"],
      ]);
      expect(await verify()).toStartWith("6 lines, whole\n");
    });
  });

  test("an agent that loses its port while frozen thaws before it ends", async () => {
    await restart([`-F${hook}`]);
    await agent.call("guest-fsfreeze-freeze");
    await isStuck(await write("/ext4/w"));
    await guest.agent.unplugPort();
    expect(await guest.agent.exitStatus()).toBe(0);
    await until("grep -q ended /run/writers");
    expect(await hookCalls()).toBe("freeze thaw");
    expect(await guest.text("ls /run/qga.state.isfrozen 2>/dev/null || true")).toBe("");
    await agent.close();
    await guest.agent.plugPort();
    await guest.agent.start([]);
    await guest.agent.opened();
    agent = await guest.connect();
    await agent.sync();
  });

  test("a daemon that starts frozen makes its pid file and its state at the thaw", async () => {
    const daemon = "/run/daemon";
    const files = () => guest.text(`cd ${daemon} && ls -A`);
    await guest.text(`
      mkdir -p ${daemon} && touch ${daemon}/qga.state.isfrozen
      guestwire -d -m unix-listen -p ${daemon}/socket -f ${daemon}/pid -t ${daemon} 2>&1`);
    const call = (command: string) => guest.text(`guestwire call ${daemon}/socket ${command}`);
    expect(await files()).toBe("qga.state.isfrozen\nsocket\n");
    expect(await call("guest-fsfreeze-status")).toBe('"frozen"\n');
    expect(await call("guest-fsfreeze-thaw")).toBe("0\n");
    expect(await files()).toBe("pid\nqga.state\nsocket\n");
    await guest.text(`kill $(cat ${daemon}/pid)`);
    await until(`[ ! -e ${daemon}/pid ]`);
    await guest.text(`rm -r ${daemon}`);
  });

  test("an agent that lies on a frozen file system itself, with all of its files, thaws it", async () => {
    const socket = "/run/daemon.sock";
    await guest.text(`
      cp /usr/bin/guestwire /xfs/
      /xfs/guestwire -d -v -m unix-listen -p ${socket} -f /xfs/pid -l /xfs/log -t /xfs 2>&1`);
    const call = (command: string) => guest.text(`guestwire call ${socket} ${command}`);
    expect(await call("guest-fsfreeze-freeze")).toBe("3\n");
    // What it needs from now on has to be read again.
    await guest.text("echo 3 >/proc/sys/vm/drop_caches");
    expect(await call("guest-fsfreeze-status")).toBe('"frozen"\n');
    expect((await guest.run(`guestwire call ${socket} guest-fstrim`)).status).toBe(1);
    expect(await call("guest-fsfreeze-thaw")).toBe("3\n");
    expect(await guest.text("cat /xfs/log")).toContain("re-enabled due to filesystem unfreeze");
    expect(await guest.text("ls /xfs")).not.toContain("isfrozen");
    await guest.text("kill $(cat /xfs/pid)");
    await until("[ ! -e /xfs/pid ]");
    await guest.text("rm /xfs/guestwire");
  });

  test("freeze-list freezes what is named, by any of its mount points, each once", async () => {
    await guest.text("mount --bind /xfs /bind");
    const list = (mountpoints?: readonly string[]) =>
      agent.call("guest-fsfreeze-freeze-list", { ...(mountpoints && { mountpoints }) });
    expect(await list([])).toBe(0);
    expect(await status()).toBe("thawed");
    expect(await list(["/nowhere", "/ext4/", "ext4", ""])).toBe(0);
    expect(await list(["/bind", "/xfs", "/bind"])).toBe(1);
    const free = await write("/ext4/w");
    await until(`[ ! -d /proc/${free.trim()} ]`);
    const held = await write("/xfs/w");
    await isStuck(held);
    expect(await thaw()).toBe(1);
    expect(await list()).toBe(3);
    expect(await thaw()).toBe(3);
  });

  test("thaw undoes what others froze, as often as they did", async () => {
    await guest.text("fsfreeze --freeze /xfs");
    expect(await agent.call("guest-fsfreeze-freeze")).toBe(2);
    expect(await thaw()).toBe(3);
    expect(await thaw()).toBe(0);
    await guest.text("fsfreeze --freeze /xfs");
    expect(await thaw()).toBe(1);
  });

  test("a file system that cannot be opened fails the freeze, and nothing stays frozen", async () => {
    await restart([`-F${hook}`]);
    await guest.text("mkdir -p /hidden/in && mount --bind /loop /hidden/in && umount /loop");
    await guest.text("mount -t tmpfs tmpfs /hidden");
    expect(await agent.exchange("guest-fsfreeze-freeze")).toBe(
      '{"error": {"class": "GenericError", "desc": "failed to open /hidden/in: No such file or directory"}}',
    );
    expect(await status()).toBe("thawed");
    expect(await hookCalls()).toBe("freeze thaw");
    await write("/xfs/w");
    await write("/ext4/w");
    await until("[ $(grep -c ended /run/writers) -eq 2 ]");
    await restart();
  });

  test("a mount point that is hidden does not matter where there is another one", async () => {
    await guest.text(`
      mkdir -p /hidden/in
      mount --bind /loop /hidden/in
      umount /loop
      mount -t tmpfs tmpfs /hidden
      mount -t ext4 /dev/loop0 /loop`);
    expect(await agent.call("guest-fsfreeze-freeze")).toBe(3);
    expect(await thaw()).toBe(3);
  });

  test("a file system that another one covers is left alone, and the other one is taken once", async () => {
    await guest.text("mount -t ext4 /dev/loop0 /xfs");
    expect(await agent.call("guest-fsfreeze-freeze-list", { mountpoints: ["/xfs"] })).toBe(1);
    expect(await thaw()).toBe(1);
    expect(await agent.call("guest-fsfreeze-freeze")).toBe(2);
    expect(await thaw()).toBe(2);
    expect((await agent.call("guest-fstrim")) as object).toMatchObject({
      paths: [
        { path: "/loop" },
        { path: "/xfs", error: "failed to open: another file system is mounted over it" },
        { path: "/ext4" },
      ],
    });
  });

  test("a frozen file system cannot be unmounted, as nobody could thaw it any more", async () => {
    expect(await agent.call("guest-fsfreeze-freeze")).toBe(3);
    const { status: refused, stderr } = await guest.run("umount /xfs");
    expect([refused, stderr]).toEqual([1, "umount: can't unmount /xfs: Device or resource busy\n"]);
    // One that nobody sees any more, with the image of another one in it.
    await guest.text("umount -l /ext4");
    const writer = await write("/loop/w");
    await isStuck(writer);
    expect(await thaw()).toBe(3);
    await until("grep -q ended /run/writers");
    await guest.text("umount /xfs && mount -t xfs /dev/vdb /xfs && touch /xfs/w");
    await guest.text("umount /loop && losetup -d /dev/loop0");
    await guest.text("mount -t ext4 /dev/vda /ext4 && touch /ext4/w");
  });

  test("a file system whose process does not answer is left alone", async () => {
    // Nobody reads from this /dev/fuse.
    await guest.text(`
      mkdir -p /dead
      dd if=/dev/zero of=/run/dead.img bs=64k count=1 2>/dev/null
      losetup /dev/loop7 /run/dead.img
      exec 3<>/dev/fuse
      mount -t fuseblk -o fd=3,rootmode=40000,user_id=0,group_id=0 /dev/loop7 /dead
      (exec tail -f /dev/null) >/dev/null 2>&1 </dev/null &
      echo $! >/run/holder`);
    expect(await agent.call("guest-fsfreeze-freeze")).toBe(3);
    expect(await thaw()).toBe(3);
    await guest.text(
      "kill $(cat /run/holder); umount /dead; losetup -d /dev/loop7; rm /run/dead.img",
    );
  });

  test("a file system of which only a file is mounted is frozen through it", async () => {
    await guest.text(`
      touch /run/file /loop/file
      mkfifo /loop/fifo
      touch /run/fifo
      mount --bind /loop/fifo /run/fifo
      mount --bind /loop/file /run/file
      umount /loop`);
    expect(await agent.call("guest-fsfreeze-freeze")).toBe(3);
    expect(await thaw()).toBe(3);
  });

  test("without the mark nothing is frozen", async () => {
    await guest.text("mkdir -p /run/state");
    await restart(["-t", "/run/state"]);
    await guest.text("rm -r /run/state");
    expect(await agent.exchange("guest-fsfreeze-freeze")).toBe(
      '{"error": {"class": "GenericError", "desc": "failed to mark file systems as frozen: No such file or directory"}}',
    );
    expect(await status()).toBe("thawed");
    expect(await thaw()).toBe(0);
    await restart();
  });

  describe("the hook", () => {
    beforeAll(() => restart([`-F${hook}`]));
    afterAll(() => restart());
    const failing = (desc: string) => JSON.stringify({ error: { class: "GenericError", desc } });
    const freezing = async () =>
      JSON.stringify(JSON.parse(await agent.exchange("guest-fsfreeze-freeze")));

    test("is called before the freeze and after the thaw", async () => {
      await guest.text("echo 'echo x >/ext4/h-freeze' >/run/hook-freeze");
      await guest.text("echo 'echo x >/ext4/h-thaw' >/run/hook-thaw");
      expect(await agent.call("guest-fsfreeze-freeze")).toBe(3);
      expect(await hookCalls()).toBe("freeze");
      expect(await thaw()).toBe(3);
      expect(await hookCalls()).toBe("freeze thaw");
      await guest.text("rm /ext4/h-freeze /ext4/h-thaw");
    });

    test("that fails aborts the freeze, is undone, and is heard", async () => {
      await guest.text("echo 'echo database busy; exit 3' >/run/hook-freeze");
      expect(await freezing()).toBe(
        failing("child process has failed to execute fsfreeze hook: database busy\n"),
      );
      expect(await hookCalls()).toBe("freeze thaw");
      expect(await status()).toBe("thawed");
      await guest.text("echo 'exit 3' >/run/hook-freeze");
      expect(await freezing()).toBe(
        failing("child process has failed to execute fsfreeze hook: exit status 3"),
      );
      await guest.text("echo 'kill -9 $$' >/run/hook-freeze");
      expect(await freezing()).toBe(failing("child process has terminated abnormally"));
    });

    test("that fails at the thaw makes an error of it, but everything is thawed", async () => {
      await guest.text("echo 'exit 1' >/run/hook-thaw");
      expect(await agent.call("guest-fsfreeze-freeze")).toBe(3);
      expect(JSON.stringify(JSON.parse(await agent.exchange("guest-fsfreeze-thaw")))).toBe(
        failing("child process has failed to execute fsfreeze hook: exit status 1"),
      );
      expect(await status()).toBe("thawed");
      await write("/ext4/w");
      await until("grep -q ended /run/writers");
      await guest.text("rm /run/hook-thaw");
    });

    test("is told of the thaw also when there was nothing to freeze", async () => {
      expect(await agent.call("guest-fsfreeze-freeze-list", { mountpoints: [] })).toBe(0);
      expect(await hookCalls()).toBe("freeze thaw");
    });

    test("holds up the status that is asked for meanwhile, which Proxmox takes for the sign of a freeze under way", async () => {
      await guest.text("mkfifo /run/go; echo 'cat /run/go' >/run/hook-freeze");
      await agent.sendRequest("guest-fsfreeze-freeze");
      await agent.sendRequest("guest-fsfreeze-status");
      await until("[ -e /run/hook-calls ]");
      await expect(agent.line(500)).rejects.toBeInstanceOf(DeadlineError);
      await guest.text("echo >/run/go; rm /run/go");
      expect(await agent.line()).toBe('{"return": 3}');
      expect(await agent.line()).toBe('{"return": "frozen"}');
    });

    test("the agent does not end while it runs, but after it", async () => {
      await guest.text("mkfifo /run/go; echo 'cat /run/go' >/run/hook-freeze");
      await agent.sendRequest("guest-fsfreeze-freeze-list", { mountpoints: [] });
      await until("[ -e /run/hook-calls ]");
      await guest.agent.process.signal("TERM");
      await guest.text("echo >/run/go; rm /run/go");
      expect(await guest.agent.exitStatus()).toBe(0);
      expect(await hookCalls()).toBe("freeze thaw");
      await guest.agent.start([`-F${hook}`]);
      await guest.agent.opened();
      await agent.sync();
    });

    test("is followed by the thaw when the port is lost while it runs", async () => {
      await guest.text("mkfifo /run/go; echo 'cat /run/go' >/run/hook-freeze");
      await agent.sendRequest("guest-fsfreeze-freeze");
      await until("[ -e /run/hook-calls ]");
      await guest.agent.unplugPort();
      await guest.text("echo >/run/go; rm /run/go");
      expect(await guest.agent.exitStatus()).toBe(0);
      expect(await hookCalls()).toBe("freeze thaw");
      await write("/ext4/w");
      await until("grep -q ended /run/writers");
      await agent.close();
      await guest.agent.plugPort();
      await guest.agent.start([`-F${hook}`]);
      await guest.agent.opened();
      agent = await guest.connect();
      await agent.sync();
    });

    test("that is missing, or that anybody could have written, freezes nothing", async () => {
      await guest.text(`chmod 777 ${hook}`);
      expect(await freezing()).toBe(
        failing(`refusing to execute fsfreeze hook '${hook}': anybody can write to it`),
      );
      expect(await hookCalls()).toBe("");
      await guest.text(`chmod 755 ${hook}; mv ${hook} ${hook}.away`);
      expect(await freezing()).toBe(
        failing(
          `child process has failed to execute fsfreeze hook: failed to exec '${hook}': No such file or directory\n`,
        ),
      );
      expect(await status()).toBe("thawed");
      await guest.text(`mv ${hook}.away ${hook}`);
    });
  });

  test("a loop device is frozen before its backing file system, whatever the order of the mounts", async () => {
    await guest.text("mount --move /ext4 /late");
    const inNamespace = guest.agentNamed("namespace");
    await inNamespace.start();
    await inNamespace.opened();
    await using other = await inNamespace.connect();
    await other.sync();
    const order = await guest.text(
      `grep -oE " /(late|loop) " /proc/${inNamespace.process.pid}/mountinfo`,
    );
    expect(order.trim().split(/\s+/)).toEqual(["/loop", "/late"]);
    expect(await other.call("guest-fsfreeze-freeze")).toBe(3);
    await isStuck(await write("/loop/w"));
    expect(await other.call("guest-fsfreeze-thaw")).toBe(3);
    await until("grep -q ended /run/writers");
    await inNamespace.stop();
  });

  test("trimming gives free blocks back to this machine", async () => {
    const image = join(guest.folder, "ext.img");
    await guest.text("dd if=/dev/urandom of=/ext4/big bs=1M count=24 2>/dev/null; sync");
    const before = statSync(image).blocks;
    await guest.text("rm /ext4/big; sync");
    const { paths } = (await agent.call("guest-fstrim")) as {
      paths: { path: string; trimmed?: number; minimum?: number; error?: string }[];
    };
    expect(paths.map(({ path }) => path)).toEqual(["/loop", "/xfs", "/ext4"]);
    expect(paths.at(-1)?.trimmed).toBeGreaterThanOrEqual(24 * mebibyte);
    const sectorsPerMebibyte = 2048;
    // Holes in the image cost this machine's file system some blocks to describe.
    expect(before - statSync(image).blocks).toBeGreaterThan(23 * sectorsPerMebibyte);
  });

  describe.skipIf(!hasReferenceAgent)("as the reference", () => {
    let reference: AgentConnection;

    beforeAll(async () => {
      const other = guest.agentNamed("reference");
      await other.start();
      await other.opened();
      reference = await other.connect();
      await reference.sync();
    });

    afterAll(async () => {
      await reference?.close();
      await guest?.agentNamed("reference").stop();
    });

    test.each([
      ["guest-fsfreeze-freeze", undefined],
      ["guest-fsfreeze-freeze-list", undefined],
      ["guest-fsfreeze-freeze-list", { mountpoints: ["/xfs", "/none"] }],
      ["guest-fsfreeze-freeze-list", { mountpoints: ["/bind"] }],
      ["guest-fsfreeze-freeze-list", { mountpoints: [] }],
      ["guest-fsfreeze-freeze-list", { mountpoints: ["/none"] }],
    ] as const)("%s %j, status and thaw", async (name, args) => {
      await guest.text("mount --bind /xfs /bind");
      const conversation = async (connection: AgentConnection) => [
        await connection.exchange("guest-fsfreeze-status"),
        await connection.exchange(name, args),
        await connection.exchange("guest-fsfreeze-status"),
        await connection.exchange("guest-fsfreeze-thaw"),
        await connection.exchange("guest-fsfreeze-status"),
        await connection.exchange("guest-fsfreeze-thaw"),
      ];
      const expected = await conversation(reference);
      expect(await conversation(agent)).toEqual(expected);
    });

    test("guest-fstrim, also with what it cannot do", async () => {
      await guest.text("mount -o remount,ro /loop");
      for (const args of [
        {},
        { minimum: 65536 },
        { minimum: 1 },
        { minimum: -1 },
        { minimum: 1e15 },
      ]) {
        // ext4 trims each block once, and what comes second finds nothing.
        await agent.call("guest-fstrim", args);
        const expected = await reference.exchange("guest-fstrim", args);
        expect(await agent.exchange("guest-fstrim", args)).toBe(expected);
      }
    });

    test.each([
      ["its command fails", "exit 3", null, 3],
      ["it is told to end", "exec sleep 1000", "SIGTERM", 143],
    ] as const)("guestwire freeze on the host thaws when %s", async (_, script, signal, code) => {
      const mark = join(folder, "mark");
      rmSync(mark, { force: true });
      await reference.close();
      const command = `: >${mark}; read -r line; ${script}`;
      const { socket } = guest.agentNamed("reference");
      const piped = startPiped(["freeze", socket, "--", "sh", "-c", command]);
      await untilHere("the command runs", () => existsSync(mark));
      await isStuck(await write("/ext4/w"));
      if (signal === null) await piped.process.stdin.end();
      else piped.process.kill(signal);
      expect(await piped.ended()).toMatchObject({ code, stdout: "" });
      await until("grep -q ended /run/writers");
      reference = await guest.agentNamed("reference").connect();
      await reference.sync();
    });

    test("a guest without file systems on devices stays thawed", async () => {
      await guest.text(unmountAll);
      for (const connection of [reference, agent]) {
        expect(await connection.exchange("guest-fsfreeze-freeze")).toBe('{"return": 0}');
        expect(await connection.exchange("guest-fsfreeze-status")).toBe('{"return": "thawed"}');
        expect(await connection.exchange("guest-fstrim")).toBe('{"return": {"paths": []}}');
      }
    });
  });
});
