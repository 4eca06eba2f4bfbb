/**
 * A real Debian with one agent for each profile, each with a port of its own, under the policy and the sandbox that
 * `guestwire install --profile` lays down; and one without either beside them, to compare with.
 */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { allCommands } from "../../src/commands/registry.ts";
import { unitText } from "../../src/install/init-systems/systemd.ts";
import type { ProfileName } from "../../src/policy/profiles.ts";
import { startingFile } from "../../src/policy/starting-file.ts";
import { AgentConnection, AgentError } from "./agent-connection.ts";
import { agentKind, agentUnderTest, missingForAgentTests } from "./agent-under-test.ts";
import { DebianGuest } from "./debian-guest.ts";
import { copyDebianRoot, debianRoot, makeDebianDisk, missingForDebianRoot } from "./debian-root.ts";
import { guestExec, guestText } from "./guest-exec.ts";
import { needs } from "./requirements.ts";
import { mustRunTool } from "./tool.ts";

const prepareTimeoutMs = 600_000;
setDefaultTimeout(200_000);

const missing = [...missingForAgentTests(), ...missingForDebianRoot()];
if (agentKind !== "guestwire") missing.push("guestwire as the agent under test");

const sandboxed = ["audit", "power", "file-read", "file-write", "fs", "exec"] as const;
type Sandboxed = (typeof sandboxed)[number];

/** Beside what a policy file begins with. */
const rules: Partial<Record<Sandboxed, string>> = {
  exec: '[[exec]]\nprogram = "/usr/bin/id"\nargs = ["-u"]\nusers = ["alice"]\n',
  "file-read": '[files]\nread = ["/etc", "/home", "/srv"]\n',
};

function portOf(profile: Sandboxed): string {
  return `org.guestwire.${profile}.0`;
}

function unitOf(profile: ProfileName, port: string): string {
  const service = {
    program: "/usr/bin/guestwire",
    replacesQemuGa: false,
    machine: "x86_64",
    profile,
  };
  const device = `/dev/virtio-ports/${port}`;
  const started = `ExecStart=/usr/bin/guestwire -p ${device} -t /run/${profile} --policy=/etc/guestwire/${profile}.toml`;
  return unitText(service)
    .replace(/^ExecStart=.*$/m, `ExecStartPre=/bin/mkdir -p /run/${profile}\n${started}`)
    .replace(/^(?:Conflicts|After)=.*\n/gm, "")
    .replace("/dev/virtio-ports/org.qemu.guest_agent.0", device);
}

describe.skipIf(missing.length > 0)(`agents in their sandboxes${needs(missing)}`, () => {
  const folder = missing.length > 0 ? "" : mkdtempSync(join(tmpdir(), "guestwire-sandbox-"));
  const socketOf = (profile: Sandboxed) => join(folder, `${profile}.sock`);
  let guest: DebianGuest;

  beforeAll(async () => {
    const root = join(folder, "root");
    await copyDebianRoot(await debianRoot(), root);
    await mustRunTool([agentUnderTest, "install", "--root", root]);
    mkdirSync(`${root}/etc/guestwire`, { recursive: true });
    const wants = `${root}/etc/systemd/system/multi-user.target.wants`;
    mkdirSync(wants, { recursive: true });
    for (const profile of sandboxed) {
      const policy = `${startingFile(profile)}${rules[profile] ?? ""}`;
      writeFileSync(`${root}/etc/guestwire/${profile}.toml`, policy);
      const unit = `guestwire-${profile}.service`;
      writeFileSync(`${root}/etc/systemd/system/${unit}`, unitOf(profile, portOf(profile)));
      symlinkSync(`../${unit}`, `${wants}/${unit}`);
    }
    const disk = join(folder, "disk.img");
    await makeDebianDisk(root, disk);
    rmSync(root, { recursive: true });
    guest = await DebianGuest.start({
      disk,
      extraDevices: sandboxed.flatMap((profile, index) => [
        ...["-chardev", `socket,id=a${index},path=${socketOf(profile)},server=on,wait=off`],
        "-device",
        `virtserialport,bus=agents.0,chardev=a${index},name=${portOf(profile)}`,
      ]),
    });
    await guest.agentOpened();
    await using agent = await guest.connect();
    await guestText(
      agent,
      // Those that were started before their port was there have not stayed.
      `systemctl is-system-running --wait >/dev/null || :
       systemctl start ${sandboxed.map((profile) => `guestwire-${profile}`).join(" ")}
       useradd --create-home alice
       mkdir -m 700 /home/alice/.ssh && echo 'ssh-ed25519 AAAA alice' >/home/alice/.ssh/authorized_keys
       chmod 600 /home/alice/.ssh/authorized_keys && chown -R alice: /home/alice/.ssh
       echo hers >/home/alice/own && chmod 600 /home/alice/own && chown alice: /home/alice/own`,
    );
  }, prepareTimeoutMs);

  afterAll(async () => {
    await guest?.[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  async function connect(profile: Sandboxed): Promise<AgentConnection> {
    const agent = await AgentConnection.connect(socketOf(profile));
    await agent.sync();
    return agent;
  }

  /** What it returns, or the class of the error. */
  async function outcome(agent: AgentConnection, command: string, args?: object): Promise<unknown> {
    try {
      return await agent.call(command, args as Record<string, unknown>);
    } catch (error) {
      if (error instanceof AgentError) return `${error.errorClass}: ${error.desc}`;
      throw error;
    }
  }

  const denied = (command: string) =>
    `CommandNotFound: Command ${command} has been disabled: the command is not allowed`;

  test.each([...sandboxed])("%s serves, and systemd has shut it in", async (profile) => {
    await using own = await connect(profile);
    expect(await own.call("guest-get-osinfo")).toMatchObject({ id: "debian" });
    await using all = await guest.connect();
    const pid = `$(systemctl show -P MainPID guestwire-${profile})`;
    const status = await guestText(all, `grep -E '^(NoNewPrivs|Seccomp):' /proc/${pid}/status`);
    expect(status.replaceAll("\t", " ")).toBe("NoNewPrivs: 1\nSeccomp: 2\n");
  });

  /** Nothing of time and use, which is another at each look, nor of what the agent may do. */
  const steady = allCommands()
    .filter(
      ({ privilege, args }) => privilege === "audit" && Object.keys(args().entries).length === 0,
    )
    .map(({ name }) => name)
    .filter((name) => !/time$|load|stats|guest-info|ping|summary$|capabilities$/.test(name));

  test.each([...sandboxed])(
    "%s tells of the guest what an agent without a sandbox tells",
    async (profile) => {
      await using own = await connect(profile);
      await using all = await guest.connect();
      const plain = (value: unknown) =>
        JSON.parse(JSON.stringify(value, (key, each) => (key === "used-bytes" ? 0 : each)));
      for (const name of steady) {
        const [confined, free] = [await outcome(own, name), await outcome(all, name)];
        expect([name, plain(confined)]).toEqual([name, plain(free)]);
      }
    },
  );

  test("audit looks and does nothing else", async () => {
    await using agent = await connect("audit");
    for (const name of [
      "guest-shutdown",
      "guest-exec",
      "guest-file-open",
      "guest-fsfreeze-freeze",
    ]) {
      expect(await outcome(agent, name)).toBe(denied(name));
    }
  });

  async function read(agent: AgentConnection, path: string): Promise<string> {
    const handle = await agent.call("guest-file-open", { path });
    const { "buf-b64": data } = (await agent.call("guest-file-read", { handle })) as {
      "buf-b64": string;
    };
    await agent.call("guest-file-close", { handle });
    return atob(data);
  }

  test("file-read reads what rules name, be it others', and keys", async () => {
    await using agent = await connect("file-read");
    expect(await read(agent, "/etc/hostname")).not.toBe("");
    expect(await read(agent, "/home/alice/own")).toBe("hers\n");
    expect(await outcome(agent, "guest-ssh-get-authorized-keys", { username: "alice" })).toEqual({
      keys: ["ssh-ed25519 AAAA alice"],
    });
    for (const args of [{ path: "/var/log/lastlog" }, { path: "/etc/x", mode: "w" }]) {
      expect(await outcome(agent, "guest-file-open", args)).toBe(denied("guest-file-open"));
    }
  });

  const ours = (name: string) => `__org.guestwire_${name}`;

  test("file-read looks at, lists and hashes what rules name", async () => {
    await using agent = await connect("file-read");
    const path = "/home/alice/own";
    expect(await agent.call(ours("file-stat"), { path })).toMatchObject({ type: "file", size: 5 });
    const { entries } = (await agent.call(ours("file-list"), { path: "/home/alice" })) as {
      entries: { "name-b64": string }[];
    };
    expect(entries.map((entry) => atob(entry["name-b64"]))).toContain("own");
    const hash = new Bun.CryptoHasher("sha256").update("hers\n").digest("hex");
    expect(await agent.call(ours("file-hash"), { path })).toEqual({ hash, count: 5 });
    for (const name of ["file-stat", "file-hash"]) {
      for (const other of ["/var/log/lastlog", "/proc/self/root/var/log/lastlog", "/dev/stdin"]) {
        expect(await outcome(agent, ours(name), { path: other })).toBe(denied(ours(name)));
      }
    }
    expect(await outcome(agent, ours("file-remove"), { path })).toBe(denied(ours("file-remove")));
  });

  test("file-write makes, changes, renames and removes", async () => {
    await using agent = await connect("file-write");
    const [path, to] = ["/home/alice/folder", "/srv/folder"];
    await agent.call(ours("file-make"), { path, type: "directory", mode: 0o755 });
    await agent.call(ours("file-change"), { path, uid: 1000, gid: 1000, "mtime-ns": 5 });
    await agent.call(ours("file-change"), { path, mode: 0o700 });
    await agent.call(ours("file-rename"), { from: path, to });
    expect(await agent.call(ours("file-stat"), { path: to })).toMatchObject({
      type: "directory",
      mode: 0o700,
      uid: 1000,
      gid: 1000,
      "mtime-ns": 5,
    });
    await agent.call(ours("file-remove"), { path: to });
    const usr = { path: "/usr/bin/made", type: "directory" };
    expect(await outcome(agent, ours("file-make"), usr)).toEndWith("Read-only file system");
    const kernel = { path: "/proc/sys/kernel/core_pattern", size: 0 };
    expect(await outcome(agent, ours("file-change"), kernel)).toBe(denied(ours("file-change")));
  });

  test("file-write writes, but not what the system's programs are", async () => {
    await using agent = await connect("file-write");
    for (const path of ["/etc/made", "/home/alice/own", "/srv/made"]) {
      const handle = await agent.call("guest-file-open", { path, mode: "w" });
      await agent.call("guest-file-write", { handle, "buf-b64": btoa("made") });
      await agent.call("guest-file-close", { handle });
      expect(await read(agent, path)).toBe("made");
    }
    const usr = await outcome(agent, "guest-file-open", { path: "/usr/bin/made", mode: "w" });
    expect(usr).toEndWith("Read-only file system");
  });

  test("fs freezes, thaws and trims", async () => {
    await using agent = await connect("fs");
    expect(await agent.call("guest-fsfreeze-freeze")).toBe(1);
    expect(await agent.call("guest-fsfreeze-status")).toBe("frozen");
    expect(await agent.call("guest-fsfreeze-thaw")).toBe(1);
    expect(await agent.call("guest-fstrim")).toMatchObject({ paths: [{ path: "/" }] });
    expect(await outcome(agent, "guest-exec", { path: "id" })).toBe(denied("guest-exec"));
  });

  test("exec runs what rules name, without more rights than it has", async () => {
    await using agent = await connect("exec");
    const result = await guestExec(agent, ["id", "-u"]);
    expect(result).toEqual({ status: 0, stdout: "0\n", stderr: "" });
    expect(await outcome(agent, "guest-exec", { path: "id" })).toBe(denied("guest-exec"));
    expect(await outcome(agent, "guest-exec", { path: "/bin/sh", arg: ["-c", "id"] })).toBe(
      denied("guest-exec"),
    );
    const start = ours("exec-start");
    const user = "alice";
    const { pid } = (await agent.call(start, { path: "id", arg: ["-u"], user })) as { pid: number };
    expect(await agent.call(ours("exec-read"), { pid, wait: 2000 })).toMatchObject({
      "out-data": btoa("1000\n"),
    });
    for (const more of [{ user: "root" }, { cwd: "/" }, { tty: { rows: 1, columns: 1 } }, {}]) {
      const args = { path: "id", ...("user" in more && { arg: ["-u"] }), ...more };
      expect(await outcome(agent, start, args)).toBe(denied(start));
    }
  });

  test("install --profile shuts the running agent in at once, and keeps doing so", async () => {
    const mark = guest.mark();
    {
      await using agent = await guest.connect();
      await agent.call("guest-exec", {
        path: "/bin/sh",
        arg: ["-c", "guestwire install --profile fs && guestwire install >/dev/null"],
      });
      await guest.agentClosed(mark);
    }
    await guest.agentOpened(mark);
    await using agent = await guest.connect();
    expect(await outcome(agent, "guest-exec", { path: "id" })).toBe(denied("guest-exec"));
    expect(await agent.call("guest-fsfreeze-freeze")).toBe(1);
    expect(await agent.call("guest-fsfreeze-thaw")).toBe(1);
  });

  test("power shuts the guest down", async () => {
    const mark = guest.mark();
    await using agent = await connect("power");
    await agent.sendRequest("guest-shutdown");
    await guest.event("SHUTDOWN", mark);
  });
});
