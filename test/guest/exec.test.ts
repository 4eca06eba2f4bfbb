import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { createHash, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { vendorPrefix } from "../../src/commands/registry.ts";
import { makeOddTree, treeOf } from "../process/file-tree.ts";
import { runPiped, startPiped } from "../process/piped.ts";
import { Scratch } from "../process/scratch.ts";
import { type AgentConnection, AgentError } from "./agent-connection.ts";
import { agentKind, agentUnderTest, expectedOf, missingForAgentTests } from "./agent-under-test.ts";
import { Guest } from "./guest.ts";
import { needs } from "./requirements.ts";

const bootTimeoutMs = 240_000;
setDefaultTimeout(120_000);

const mebibyte = 1024 * 1024;
/** A reply of 22 MB takes its time in an emulated guest. */
const bigReplyMs = 100_000;
const missing = missingForAgentTests();

/** For what qemu-ga 7.2 does not do. */
const ourTest = test.skipIf(agentKind === "qemu-ga");

type Status = {
  readonly exited: boolean;
  readonly exitcode?: number;
  readonly signal?: number;
  readonly "out-data"?: string;
  readonly "err-data"?: string;
  readonly "out-truncated"?: boolean;
  readonly "err-truncated"?: boolean;
};

async function start(agent: AgentConnection, path: string, args: object = {}): Promise<number> {
  return ((await agent.call("guest-exec", { path, ...args })) as { pid: number }).pid;
}

/** The line that tells of the end, byte for byte. */
async function endLine(agent: AgentConnection, pid: number): Promise<string> {
  for (;;) {
    const line = await agent.exchange("guest-exec-status", { pid }, bigReplyMs);
    if (line !== '{"return": {"exited": false}}') return line;
  }
}

async function end(agent: AgentConnection, pid: number): Promise<Status> {
  return (JSON.parse(await endLine(agent, pid)) as { return: Status }).return;
}

function shell(agent: AgentConnection, script: string, args: object = {}): Promise<number> {
  return start(agent, "sh", { arg: ["-c", script], "capture-output": true, ...args });
}

function text(data: string | undefined): string | null {
  return data === undefined ? null : Buffer.from(data, "base64").toString();
}

describe.skipIf(missing.length > 0)(`guest-exec in a guest${needs(missing)}`, () => {
  let guest: Guest;
  let agent: AgentConnection;

  beforeAll(async () => {
    guest = await Guest.boot({ agent: agentUnderTest });
    agent = await guest.connect();
    await agent.sync();
  }, bootTimeoutMs);

  afterAll(async () => {
    await agent?.close();
    await guest?.[Symbol.asyncDispose]();
  });

  test("guestwire on the host runs programs over the port", async () => {
    await agent.close();
    const exec = (...argv: readonly string[]) => [
      ...["exec", "--quiet", guest.agent.socket, "--"],
      ...argv,
    ];
    const script = "tr a-z A-Z; echo oops >&2; exit 7";
    expect(await runPiped(exec("sh", "-c", script), "hello\n")).toEqual({
      code: 7,
      stdout: "HELLO\n",
      stderr: "oops\n",
    });
    const text = "0123456789abcde\n".repeat(65_536);
    expect((await runPiped(exec("cat"), text)).stdout === text).toBe(true);
    const piped = startPiped(exec("sh", "-c", "echo $$ >/run/exec-pid; exec sleep 1000"));
    await piped.process.stdin.end();
    const pid = (
      await guest.text("until [ -s /run/exec-pid ]; do usleep 10000; done; cat /run/exec-pid")
    ).trim();
    piped.process.kill("SIGTERM");
    expect(await piped.ended()).toMatchObject({ code: 143 });
    await guest.text(`while [ -e /proc/${pid} ]; do usleep 10000; done`);
    agent = await guest.connect();
    await agent.sync();
  });

  test("guestwire on the host watches the guest and has a shell for it, over the port", async () => {
    await agent.close();
    const { socket } = guest.agent;
    const options = ["--json", "--quiet", "--interval", "0.5", "--count", "2"];
    const watched = await runPiped(["watch", ...options, socket]);
    expect({ code: watched.code, stderr: watched.stderr }).toEqual({ code: 0, stderr: "" });
    const looks = watched.stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(looks.map((look) => look.agent)).toEqual(["answers", "answers"]);
    for (const { cpu, disks, memory } of looks) {
      expect(cpu.all.busy).toBeGreaterThanOrEqual(0);
      expect(disks).toBeArray();
      expect(memory?.available > 0).toBe(agentKind !== "qemu-ga");
    }
    const lines = "guest-ping\nguest-get-time\n";
    const said = await runPiped(["shell", socket], lines);
    expect(said).toMatchObject({ code: 0, stderr: "" });
    expect(said.stdout).toMatch(/^\{\}\n\d+\n$/);
    agent = await guest.connect();
    await agent.sync();
  });

  test("guestwire on the host copies files over the port", async () => {
    await agent.close();
    using scratch = new Scratch();
    const inGuest = (path: string) => `${guest.agent.socket}:${path}`;
    const copied = async (...words: readonly string[]) => {
      const { code, stderr } = await runPiped(["cp", "--quiet", ...words]);
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    };
    const [tree, back] = [scratch.file("tree"), scratch.file("back")];
    for (const folder of [tree, back]) mkdirSync(folder);
    makeOddTree(tree);
    writeFileSync(scratch.file("tree/large"), randomBytes(4 * mebibyte));
    await copied("-r", tree, inGuest("/run"));
    await copied("-r", inGuest("/run/tree"), back);
    const sums = await guest.text("cd /run/tree; sha256sum large; stat -c %a:%s large");
    const large = readFileSync(scratch.file("tree/large"));
    expect(sums).toBe(
      `${createHash("sha256").update(large).digest("hex")}  large\n644:${large.length}\n`,
    );
    const times = agentKind === "qemu-ga" ? / \d+(?=$| )/g : /$^/g;
    const shown = (folder: string) =>
      Object.entries(treeOf(folder)).map((entry) => entry.join(": ").replaceAll(times, ""));
    expect(shown(scratch.file("back/tree"))).toEqual(shown(tree));
    agent = await guest.connect();
    await agent.sync();
  });

  test("arguments, environment and input reach the program, and its outputs come back", async () => {
    const script = 'printf "<%s>" "$@"; echo; env; cat; echo err >&2; exit 7';
    const status = await end(
      agent,
      await start(agent, "/bin/sh", {
        arg: ["-c", script, "sh", "a b", "", "é"],
        env: ["PATH=/bin", "A=b c"],
        "input-data": btoa("from the host\n"),
        "capture-output": true,
      }),
    );
    const { "out-data": out, "err-data": err, ...rest } = status;
    expect(rest).toEqual({
      exited: true,
      exitcode: 7,
      "out-truncated": false,
      "err-truncated": false,
    });
    const lines = text(out)?.split("\n") ?? [];
    expect(lines[0]).toBe("<a b><><é>");
    expect(lines).toContain("A=b c");
    expect(lines.at(-2)).toBe("from the host");
    expect(text(err)).toBe("err\n");
  });

  ourTest.each([
    ["none", null, null],
    ["stdout", "out\n", null],
    ["stderr", null, "err\n"],
    ["separated", "out\n", "err\n"],
    ["merged", "out\nerr\n", null],
    [true, "out\n", "err\n"],
    [false, null, null],
  ] as const)("capture-output %p", async (capture, out, err) => {
    const pid = await shell(agent, "echo out; echo err >&2", { "capture-output": capture });
    const status = await end(agent, pid);
    expect([text(status["out-data"]), text(status["err-data"])]).toEqual([out, err]);
  });

  ourTest("a program is read from and written to as it runs, over the port", async () => {
    const call = (name: string, args: Record<string, unknown>) =>
      agent.call(`${vendorPrefix}${name}`, args);
    const total = 4 * mebibyte;
    const script = `echo ready; read line; echo "[$line]"; head -c ${total} /dev/zero; exit 3`;
    const words = { path: "sh", arg: ["-c", script], stdin: true };
    const { pid } = (await call("exec-start", words)) as { pid: number };
    let out = "";
    for (let typed = false, done = false; !done; ) {
      const reading = (await call("exec-read", { pid, wait: 2000 })) as Status & { done: boolean };
      out += text(reading["out-data"]) ?? "";
      done = reading.done;
      if (done) expect(reading.exitcode).toBe(3);
      if (typed || out !== "ready\n") continue;
      typed = true;
      expect(await call("exec-write", { pid, "buf-b64": btoa("from the host\n") })).toEqual({
        count: 14,
      });
    }
    expect(out.slice(0, 22)).toBe("ready\n[from the host]\n");
    expect(out.length).toBe(22 + total);
  });

  test("the process id is the guest's, and a signal that ends the program is told", async () => {
    const pid = await start(agent, "sleep", { arg: ["1000"] });
    expect(await agent.call("guest-exec-status", { pid })).toEqual({ exited: false });
    expect(await guest.text(`tr '\\0' ' ' < /proc/${pid}/cmdline`)).toBe("sleep 1000 ");
    await guest.text(`kill -TERM ${pid}`);
    expect(await end(agent, pid)).toEqual({ exited: true, signal: 15 });
  });

  ourTest(
    "a program leads a session of its own, so that all of it can be ended together",
    async () => {
      const pid = await shell(agent, "sleep 1000 & sleep 1000; :");
      const members = () =>
        guest.text(`cut -d' ' -f5 /proc/[0-9]*/stat 2>/dev/null | grep -c '^${pid}$' || true`);
      for (let looks = 0; (await members()) !== "3\n"; looks++) expect(looks).toBeLessThan(100);
      await guest.text(`kill -KILL -${pid}`);
      expect((await end(agent, pid)).signal).toBe(9);
      expect(await members()).toBe("0\n");
    },
  );

  test("output is cut at 16 MiB, and says so", async () => {
    const cap = 16 * mebibyte;
    for (const [bytes, isTruncated] of [
      [cap, false],
      [cap + 1, true],
    ] as const) {
      const status = await end(agent, await shell(agent, `head -c ${bytes} /dev/zero`));
      expect(status["out-truncated"]).toBe(isTruncated);
      const out = Buffer.from(status["out-data"] ?? "", "base64");
      expect(out.equals(Buffer.alloc(cap))).toBe(true);
    }
  });

  ourTest(
    "a background process that holds the output does not hide the end, and lives on",
    async () => {
      const script =
        "(while [ ! -e /tmp/go ]; do usleep 10000; done; echo late; echo $? > /tmp/late) & echo early";
      const pid = await shell(agent, script);
      expect(text((await end(agent, pid))["out-data"])).toBe("early\n");
      await guest.text("touch /tmp/go; until [ -s /tmp/late ]; do usleep 10000; done");
      expect(await guest.text("cat /tmp/late")).toBe("0\n");
    },
  );

  ourTest("what cannot be executed is told at once", async () => {
    const failure = (path: string) =>
      agent.call("guest-exec", { path }).then(
        () => "it was started",
        (error: unknown) => (error instanceof AgentError ? error.desc : String(error)),
      );
    expect(await failure("/nonexistent")).toBe(
      "Failed to execute child process \u201c/nonexistent\u201d (No such file or directory)",
    );
    expect(await failure("/etc")).toBe(
      "Failed to execute child process \u201c/etc\u201d (Permission denied)",
    );
  });

  test("a result outlives the host's connection", async () => {
    const pid = await shell(agent, "echo kept");
    await agent.close();
    agent = await guest.connect();
    await agent.sync();
    expect(text((await end(agent, pid))["out-data"])).toBe("kept\n");
    expect(await agent.exchange("guest-exec-status", { pid })).toBe(
      expectedOf({
        guestwire: `{"error": {"class": "GenericError", "desc": "PID ${pid} does not exist"}}`,
        "qemu-ga": `{"error": {"class": "GenericError", "desc": "Invalid parameter 'pid'"}}`,
      }),
    );
  });
});

const qemuGa = "/usr/sbin/qemu-ga";
const referencePort = "org.example.reference.0";
const referenceArgs = ["-p", `/dev/virtio-ports/${referencePort}`, "-t", "/tmp"];
const missingForBoth = existsSync(qemuGa) ? missing : [...missing, qemuGa];

describe.skipIf(missingForBoth.length > 0)(
  `guest-exec beside qemu-ga in one guest${needs(missingForBoth)}`,
  () => {
    const captured = { "capture-output": true };
    const script = (text: string) => ({ arg: ["-c", text], ...captured });
    const programs: readonly (readonly [what: string, path: string, args: object])[] = [
      ["success", "true", {}],
      ["an exit code", "sh", script("exit 9")],
      ["a signal", "sh", script("kill -9 $$")],
      ["both outputs", "sh", script("echo out; echo err >&2")],
      ["output beyond the cap", "sh", script("yes | head -c 16777217")],
      ["input", "cat", { "input-data": btoa("x".repeat(300_000)), ...captured }],
      ["empty input", "cat", { "input-data": "", ...captured }],
      ["the agent's environment", "env", captured],
      ["an environment", "env", { env: ["A=b", "PATH=/bin"], ...captured }],
      ["an empty environment", "env", { env: [], ...captured }],
      ["folder, mask and descriptors", "sh", script("pwd; umask; ls /proc/$$/fd")],
      ["signals and rights", "sh", script("grep -e Sig -e Cap /proc/$$/status")],
    ];
    let guest: Guest;

    beforeAll(async () => {
      guest = await Guest.boot({
        agent: agentUnderTest,
        moreAgents: [{ name: "reference", from: qemuGa, args: referenceArgs, port: referencePort }],
      });
    }, bootTimeoutMs);

    afterAll(async () => {
      await guest?.[Symbol.asyncDispose]();
    });

    test.each(programs)("%s: both answer alike", async (_, path, args) => {
      await using ours = await guest.connect();
      await using theirs = await guest.agentNamed("reference").connect();
      const lines: string[] = [];
      for (const agent of [ours, theirs]) {
        await agent.sync();
        lines.push(await endLine(agent, await start(agent, path, args)));
      }
      expect(lines[0]).toStartWith('{"return": {');
      expect(lines[0]).toBe(lines[1] as string);
    });

    test("guestwire on the host runs, copies and watches with qemu-ga, too", async () => {
      const { socket } = guest.agentNamed("reference");
      const script = "tr a-z A-Z; echo oops >&2; exit 7";
      expect(
        await runPiped(["exec", "--quiet", socket, "--", "sh", "-c", script], "hello\n"),
      ).toEqual({
        code: 7,
        stdout: "HELLO\n",
        stderr: "oops\n",
      });

      using scratch = new Scratch();
      const [tree, back] = [scratch.file("tree"), scratch.file("back")];
      for (const folder of [tree, back]) mkdirSync(folder);
      writeFileSync(`${tree}/a b`, "x");
      writeFileSync(`${tree}/large`, randomBytes(300_000));
      const fine = { code: 0, stdout: "", stderr: "" };
      expect(await runPiped(["cp", "-r", "--quiet", tree, `${socket}:/run`])).toEqual(fine);
      expect(await runPiped(["cp", "-r", "--quiet", `${socket}:/run/tree`, back])).toEqual(fine);
      for (const name of ["a b", "large"]) {
        expect(readFileSync(`${back}/tree/${name}`).equals(readFileSync(`${tree}/${name}`))).toBe(
          true,
        );
      }

      const looks = ["--json", "--quiet", "--interval", "0.5", "--count", "2"];
      const { code, stdout } = await runPiped(["watch", ...looks, socket]);
      expect(code).toBe(0);
      for (const line of stdout.trimEnd().split("\n")) expect(JSON.parse(line).cpu).toBeDefined();
    });
  },
);
