/** The audit log of a running agent: what is in it, what is not, and what becomes of it. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { SysError } from "../../native/errno.ts";
import { connectUnix } from "../../native/socket.ts";
import { Agent, agentPath, needsAgent, noAgent, run } from "./agent.ts";
import type { Client } from "./client.ts";
import { until } from "./proc.ts";
import { Scratch } from "./scratch.ts";
import { needsSmallDisk, noSmallDisk, SmallDisk } from "./tmpfs.ts";

setDefaultTimeout(60_000);

type Line = Record<string, unknown>;

function linesOf(path: string): Line[] {
  return readFileSync(path, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Line);
}

/** Of calls, without what differs each time. */
function callsOf(path: string): Line[] {
  return linesOf(path)
    .filter(({ event }) => event === "command")
    .map(({ seq, prev, time, ms, event, ...rest }) => rest);
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

async function verify(...files: readonly string[]): Promise<{ code: number | null; said: string }> {
  const { code, stdout, stderr } = await run(["audit", "verify", ...files]);
  return { code, said: stdout + stderr };
}

/** The kernel may close the socket of a killed process a moment after that has been reaped. */
function isRefused(socket: string): boolean {
  try {
    connectUnix(socket).close();
    return false;
  } catch (error) {
    return error instanceof SysError && error.code === "ECONNREFUSED";
  }
}

/** An agent and a folder with its audit log. */
class Audited implements AsyncDisposable {
  readonly #scratch = new Scratch();
  readonly path = this.#scratch.file("audit");
  agent!: Agent;

  static async start(...args: readonly string[]): Promise<Audited> {
    const audited = new Audited();
    audited.agent = await Agent.start(["--audit-log", audited.path, ...args]);
    return audited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.agent[Symbol.asyncDispose]();
    this.#scratch[Symbol.dispose]();
  }
}

describe.skipIf(noAgent)(`the audit log${needsAgent}`, () => {
  test("has a line for what does more than look, with sums of what was written", async () => {
    await using audited = await Audited.start("--block-rpcs=guest-fstrim");
    const { agent, path } = audited;
    using client = await agent.client();
    client.call("guest-info");
    client.call("guest-get-host-name");
    const file = agent.file("written");
    const handle = client.call("guest-file-open", { path: file, mode: "w" });
    const parts = [Buffer.alloc(300_000, "ab"), Buffer.from("c")];
    for (const part of parts) {
      client.call("guest-file-write", { handle, "buf-b64": part.toString("base64") });
    }
    client.ask("guest-file-write", { handle, "buf-b64": "?" });
    client.call("guest-file-seek", { handle, offset: 0, whence: "set" });
    client.call("guest-file-close", { handle });
    client.ask("guest-file-close", { handle });
    const command = ["/bin/sh", "-c", "exit 3"];
    const [program = "", ...arg] = command;
    const { pid } = client.call("guest-exec", { path: program, arg, env: ["A=1"] }) as {
      pid: number;
    };
    const status = () => client.call("guest-exec-status", { pid }) as { exited: boolean };
    await until("the program has ended", () => status().exited);
    client.ask("guest-fstrim");
    client.ask("guest-file-open", { path: 5 });
    client.ask("guest-nonsense");

    const whole = readFileSync(file);
    const written = (bytes: Uint8Array) => ({ bytes: bytes.length, sha256: sha256(bytes) });
    const write = { command: "guest-file-write", privilege: "file-write", arguments: { handle } };
    const close = { command: "guest-file-close", privilege: "file-read", arguments: { handle } };
    expect(callsOf(path)).toEqual([
      {
        command: "guest-file-open",
        privilege: "file-write",
        arguments: { path: file, mode: "w" },
        outcome: "ok",
        result: { handle },
      },
      ...parts.map((part) => ({ ...write, outcome: "ok", result: { written: written(part) } })),
      {
        ...write,
        outcome: "error",
        error: { class: "GenericError", desc: "Base64 data contains invalid characters" },
        result: {},
      },
      {
        command: "guest-file-seek",
        privilege: "file-read",
        arguments: { handle, offset: 0, whence: "set" },
        outcome: "ok",
        result: { position: 0 },
      },
      { ...close, outcome: "ok", result: { written: written(whole) } },
      {
        ...close,
        outcome: "error",
        error: { class: "GenericError", desc: `handle '${handle}' has not been found` },
        result: {},
      },
      {
        command: "guest-exec",
        privilege: "exec",
        arguments: { argv: command, env: ["A"], capture: "none" },
        outcome: "ok",
        result: { pid },
      },
      {
        command: "guest-exec-status",
        privilege: "exec",
        arguments: { pid },
        outcome: "ok",
        result: { exitcode: 3 },
      },
      {
        command: "guest-fstrim",
        privilege: "fs",
        outcome: "refused",
        error: {
          class: "CommandNotFound",
          desc: "Command guest-fstrim has been disabled: the command is not allowed",
        },
      },
      {
        command: "guest-file-open",
        privilege: "file-write",
        outcome: "refused",
        error: {
          class: "GenericError",
          desc: "Invalid parameter type for 'path', expected: string",
        },
      },
    ]);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(await agent.end("SIGTERM")).toMatchObject({ code: 0 });
    const events = linesOf(path).map(({ event }) => event);
    expect([events[0], events.at(-1)]).toEqual(["start", "stop"]);
    expect(await verify(path)).toMatchObject({ code: 0 });
  });

  test("has what the policy denies, with the arguments, and why", async () => {
    using scratch = new Scratch();
    const policy = scratch.file("policy.toml");
    writeFileSync(policy, 'profile = "file-read"\n[files]\nread = ["/etc/hostname"]\n');
    await using audited = await Audited.start(`--policy=${policy}`);
    const { agent, path } = audited;
    using client = await agent.client();
    const expected = {
      class: "CommandNotFound",
      desc: "Command guest-file-open has been disabled: the command is not allowed",
    };
    expect(client.ask("guest-file-open", { path: "/etc/shadow" }).error).toEqual(expected);
    expect(callsOf(path)).toMatchObject([
      {
        command: "guest-file-open",
        arguments: { path: "/etc/shadow", mode: "r" },
        outcome: "refused",
        error: { class: "CommandNotFound", desc: expect.stringMatching(/^denied by the policy: /) },
      },
    ]);
  });

  test("has the vendor's commands too, of paths that are no text as well", async () => {
    await using audited = await Audited.start();
    const { agent, path } = audited;
    using client = await agent.client();
    using scratch = new Scratch();
    const odd = Buffer.concat([Buffer.from(`${scratch.path}/`), Buffer.of(0xe9)]);
    const name = { "path-b64": odd.toString("base64") };
    client.call("__org.guestwire_file-make", { ...name, type: "directory" });
    client.ask("__org.guestwire_file-remove", { ...name, path: "both" });
    client.call("__org.guestwire_file-remove", name);
    const shown = `${scratch.path}/\ufffd`;
    expect(callsOf(path)).toMatchObject([
      { arguments: { path: shown, type: "directory" }, outcome: "ok" },
      { arguments: { path: "both" }, outcome: "error" },
      { arguments: { path: shown }, outcome: "ok" },
    ]);
  });

  test("goes on after the agent was killed, and verify tells what was done to it", async () => {
    await using audited = await Audited.start();
    const { agent, path } = audited;
    for (let life = 0; life < 2; life++) {
      using client = await agent.client();
      for (let index = 0; index < 5; index++) client.call("guest-exec", { path: "/bin/true" });
      await agent.end("SIGKILL");
      await until("its socket is dead", () => isRefused(agent.socket));
      await agent.launch();
    }
    await agent.end("SIGTERM");
    const text = readFileSync(path, "utf8");
    const lines = text.split("\n").slice(0, -1);
    const sum = sha256(Buffer.from(lines.at(-1) ?? ""));
    expect(await verify(path)).toEqual({
      code: 0,
      said: `${lines.length} lines, whole\nthe last line is number ${lines.length}, its sum ${sum}\n`,
    });
    expect((await verify("--contains", sum, path)).code).toBe(0);
    expect((await verify("--contains", sha256(Buffer.from("x")), path)).code).toBe(1);

    const changed = `${path}.changed`;
    const judged = async (content: string) => {
      writeFileSync(changed, content);
      return verify(changed);
    };
    expect(await judged(text.replace("/bin/true", "/bin/trua"))).toEqual({
      code: 1,
      said: `${changed}:3: does not fit to the line before it: one of the two was changed\n`,
    });
    expect(await judged(text.replace(`${lines[3]}\n`, ""))).toEqual({
      code: 1,
      said: `${changed}:4: does not fit to the line before it: 1 lines are missing\n`,
    });
    expect(await judged(text.slice(0, -5))).toMatchObject({ code: 1 });
    expect(await judged("")).toEqual({ code: 1, said: "guestwire audit: there is no line\n" });
    // The end cut off between two lines shows by the sum alone.
    writeFileSync(changed, `${lines.slice(0, 5).join("\n")}\n`);
    expect((await verify(changed)).code).toBe(0);
    expect((await verify("--contains", sum, changed)).code).toBe(1);
  });

  test("follows a rotation, and verify takes the files together", async () => {
    await using audited = await Audited.start();
    const { agent, path } = audited;
    using client = await agent.client();
    client.call("guest-exec", { path: "/bin/true" });
    renameSync(path, `${path}.1`);
    client.call("guest-exec", { path: "/bin/true" });
    await agent.end("SIGTERM");
    expect(await verify(`${path}.1`, path)).toMatchObject({ code: 0 });
    expect((await verify(path)).said).toContain("line 3 is the first: those before it");
    expect((await verify(path, `${path}.1`)).said).toContain("2 chains");
  });

  test("that cannot be written keeps nobody from anything", async () => {
    const args = ["--audit-log", "/nonexistent/audit"];
    await using agent = await Agent.start(args);
    using client = await agent.client();
    client.call("guest-exec", { path: "/bin/true" });
    expect(agent.program.stderr).toContain(
      "critical: audit log '/nonexistent/audit' cannot be written, its lines are kept in memory: No such file or directory",
    );
    expect(await agent.end("SIGTERM")).toMatchObject({ code: 0 });
    expect(agent.program.stderr).toContain("critical: 3 lines of the audit log are lost");
  });

  test.skipIf(noSmallDisk)(
    `is caught up when its disk has room again${needsSmallDisk}`,
    async () => {
      using scratch = new Scratch();
      using disk = new SmallDisk(scratch.file("disk"), 8);
      const path = `${disk.path}/audit`;
      await using agent = await Agent.start(["--audit-log", path]);
      using client = await agent.client();
      const act = (count: number) => {
        for (let index = 0; index < count; index++) {
          client.ask("guest-file-open", { path: `/nonexistent/${index}` });
        }
      };
      act(100);
      disk.remount("size=1m");
      act(11);
      await agent.end("SIGTERM");
      expect(linesOf(path).length).toBe(113);
      expect(await verify(path)).toMatchObject({ code: 0 });
    },
  );

  test("is for one agent: a second one serves, and says that it keeps no log", async () => {
    await using audited = await Audited.start();
    const { agent, path } = audited;
    await using second = await Agent.start(["--audit-log", path]);
    expect(second.program.stderr).toContain("Resource temporarily unavailable");
    await agent.end("SIGTERM");
    using client = await second.client();
    client.call("guest-exec", { path: "/bin/true" });
    await second.end("SIGTERM");
    expect(await verify(path)).toMatchObject({ code: 0 });
    expect(linesOf(path).map(({ event }) => event)).toEqual([
      ...["start", "stop", "start", "command", "stop"],
    ]);
  });

  test("is no way to fill the memory: what hosts say is cut, and said to be", async () => {
    await using audited = await Audited.start();
    const { agent, path } = audited;
    using client = await agent.client();
    const odd = "\u202e".repeat(1_000_000);
    const request = { execute: "guest-file-open", arguments: { path: odd } };
    client.send(Buffer.from(`${JSON.stringify(request)}\n`));
    client.reply();
    client.ask("guest-exec", { path: "/nonexistent/x", arg: Array(10_000).fill("y") });
    client.ask("guest-fsfreeze-freeze-list", { mountpoints: Array(300).fill("/nowhere") });
    const [open, exec, freeze] = callsOf(path) as [Line, Line, Line];
    expect(open.arguments).toEqual({
      path: odd.slice(0, 4096),
      mode: "r",
      cut: { chars: 1_000_000 - 4096, entries: 0 },
    });
    expect(exec.arguments).toMatchObject({ cut: { entries: 10_001 - 256 } });
    expect(freeze.arguments).toMatchObject({ cut: { entries: 300 - 256 } });
    for (const line of readFileSync(path, "utf8").split("\n")) {
      expect(line.length).toBeLessThan(128 * 1024);
      expect(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(line)).toBe(false);
    }
    await agent.end("SIGTERM");
    expect(await verify(path)).toMatchObject({ code: 0 });
  });

  test("of an agent that starts frozen is not made before the thaw", async () => {
    await using audited = await Audited.start();
    const { agent, path } = audited;
    await agent.end("SIGTERM");
    const before = readFileSync(path, "utf8");
    writeFileSync(`${agent.state}/qga.state.isfrozen`, "");
    await agent.launch();
    using client = await agent.client();
    client.ask("guest-exec", { path: "/bin/true" });
    expect(readFileSync(path, "utf8")).toBe(before);
    client.call("guest-fsfreeze-thaw");
    expect(linesOf(path).slice(2)).toMatchObject([
      { event: "start" },
      { event: "command", command: "guest-exec", outcome: "refused" },
      { event: "command", command: "guest-fsfreeze-thaw", outcome: "ok", result: { thawed: 0 } },
    ]);
    await agent.end("SIGTERM");
    expect(await verify(path)).toMatchObject({ code: 0 });
  });

  test("is not there, nor is its code loaded, unless it is asked for", async () => {
    await using agent = await Agent.start();
    using client = await agent.client();
    client.call("guest-exec", { path: "/bin/true" });
    expect(existsSync(agent.file("audit"))).toBe(false);
  });
});

/** Notes its input, and what every process shows of its command line. */
const nosyProgram = `#!/bin/sh
/bin/cat > /dev/null
/bin/cat /proc/[0-9]*/cmdline > "$SEEN" 2>/dev/null
`;

/** Runs commands that are given secrets, to their end. @returns the secrets */
async function giveSecrets(client: Client, folder: string): Promise<string[]> {
  const secret = (name: string) => `hush-${name}-0f8fad5b`;
  const encoded = (name: string) => Buffer.from(secret(name)).toString("base64");
  client.ask("guest-set-user-password", {
    username: "guestwire-no-such-user",
    password: encoded("password"),
    crypted: false,
  });
  const { pid } = client.call("guest-exec", {
    path: `${folder}/bin/nosy`,
    env: [`SEEN=${folder}/seen-by-program`, `TOKEN=${secret("env")}`, secret("bare-env")],
    "input-data": encoded("input"),
  }) as { pid: number };
  client.ask("guest-ssh-add-authorized-keys", {
    username: "guestwire-no-such-user",
    keys: [`ssh-ed25519 ${encoded("key")}`, `-----BEGIN KEY-----\n${secret("private")}`],
  });
  client.ask("guest-ssh-add-authorized-keys", {
    username: "guestwire-no-such-user",
    keys: [secret("bad-key"), 5],
  });
  const handle = client.call("guest-file-open", { path: `${folder}/written`, mode: "w" });
  client.call("guest-file-write", { handle, "buf-b64": encoded("bytes") });
  client.ask("guest-file-write", { handle, "buf-b64": `${encoded("bad-bytes")}?` });
  client.call("guest-file-close", { handle });
  const status = () => client.call("guest-exec-status", { pid }) as { exited: boolean };
  await until("the program has looked around", () => status().exited);
  return ["password", "env", "bare-env", "input", "key", "private", "bad-key", "bytes", "bad-bytes"]
    .flatMap((name) => [secret(name), encoded(name)])
    .map((text) => text.replace(/=+$/, ""));
}

describe.skipIf(noAgent)(`secrets${needsAgent}`, () => {
  test.each([["text"], ["json"]])("are in no log and no command line (%s)", async (format) => {
    using scratch = new Scratch();
    const home = scratch.file("home");
    mkdirSync(`${home}/bin`, { recursive: true });
    for (const name of ["nosy", "chpasswd"]) {
      writeFileSync(`${home}/bin/${name}`, nosyProgram);
      chmodSync(`${home}/bin/${name}`, 0o755);
    }
    const logs = [
      "-v",
      `--log-format=${format}`,
      "-l",
      `${home}/log`,
      "--audit-log",
      `${home}/audit`,
    ];
    await using agent = await Agent.start(logs, {
      environment: { PATH: `${home}/bin`, SEEN: `${home}/seen-by-chpasswd` },
    });
    using client = await agent.client();
    const secrets = await giveSecrets(client, home);
    await agent.end("SIGTERM");
    const told = readdirSync(home).filter((name) => !["bin", "written"].includes(name));
    expect(told.sort()).toEqual(["audit", "log", "seen-by-chpasswd", "seen-by-program"]);
    for (const name of told) {
      const text = readFileSync(`${home}/${name}`, "latin1");
      expect(text.length).toBeGreaterThan(0);
      expect(secrets.filter((secret) => text.includes(secret))).toEqual([]);
    }
    expect(agent.program.stderr).toBe("");
    // That they are looked for in the right form.
    expect(secrets.some((secret) => readFileSync(`${home}/written`, "utf8").includes(secret))).toBe(
      true,
    );
    expect(readFileSync(`${home}/log`, "utf8")).toContain("guest-set-user-password called");
  });
});

test.skipIf(noAgent)(`guestwire audit tells wrong use apart${needsAgent}`, async () => {
  for (const args of [
    [],
    ["verify"],
    ["mend", "x"],
    ["verify", "-", "x"],
    ["verify", "--no", "x"],
  ]) {
    expect(await run(["audit", ...args])).toMatchObject({ code: 2, stdout: "" });
  }
  expect(await run(["audit", "verify", "--contains", "12", "x"])).toMatchObject({ code: 2 });
  expect(await run(["audit", "verify", "/nonexistent"])).toMatchObject({
    code: 2,
    stderr: 'guestwire audit: Cannot open "/nonexistent": ENOENT, No such file or directory\n',
  });
  expect((await run(["audit", "--help"])).stdout).toStartWith("Usage: guestwire audit verify");
  expect(agentPath).toContain("guestwire");
});
