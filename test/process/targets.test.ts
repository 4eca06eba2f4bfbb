/** Where `guestwire call` finds agents, beside a path. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Agent, needsAgent, noAgent, type Outcome, run } from "./agent.ts";
import { runPiped } from "./piped.ts";
import { Scratch } from "./scratch.ts";

setDefaultTimeout(60_000);

const exit = { done: 0, refused: 1, timeout: 124, usage: 125, transport: 255 };
const systemPath = "/usr/sbin:/usr/bin:/sbin:/bin";

function prints(stdout: string): Outcome {
  return { code: exit.done, signal: null, stdout, stderr: "" };
}

/** A folder with a virsh in it. */
function virshIn(scratch: Scratch, script: string): string {
  const path = scratch.file("virsh");
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return `${scratch.path}:${systemPath}`;
}

const fakeVirsh = `exec ${process.execPath} ${join(import.meta.dirname, "fake-virsh.ts")} "$@"`;

describe.skipIf(noAgent)(`a domain of libvirt's${needsAgent}`, () => {
  /** Calls with a virsh that knows the agent as "web"; gives what virsh was called with, too. */
  async function call(...args: readonly string[]): Promise<Outcome & { virsh: string[][] }> {
    await using agent = await Agent.start();
    using scratch = new Scratch();
    const log = scratch.file("log");
    writeFileSync(log, "");
    const outcome = await run(["call", ...args], {
      argv0: "guestwire",
      environment: {
        PATH: virshIn(scratch, fakeVirsh),
        FAKE_DOMAINS: `web=${agent.socket}:gone=/nonexistent`,
        FAKE_VIRSH_LOG: log,
      },
    });
    const lines = readFileSync(log, "utf8").split("\n").slice(0, -1);
    return { ...outcome, virsh: lines.map((line) => JSON.parse(line)) };
  }

  test("is reached through virsh, with nothing a shell could read", async () => {
    expect(await call("libvirt:web", "guest-sync", "id=9007199254740993")).toEqual({
      ...prints("9007199254740993\n"),
      virsh: [
        [
          "qemu-agent-command",
          "--domain=web",
          "--timeout=6",
          "--",
          '{"execute":"guest-sync","arguments":{"id":9007199254740993}}',
        ],
      ],
    });
  });

  test("may be another libvirt's", async () => {
    const uri = "qemu+ssh://root@host/system";
    const { stdout, virsh } = await call(`libvirt:${uri}/web`, "guest-ping");
    expect(stdout).toBe("{}\n");
    expect(virsh[0]?.[0]).toBe(`--connect=${uri}`);
  });

  test("needs no scheme when virsh knows it", async () => {
    const { stdout, virsh } = await call("web", "guest-ping");
    expect(stdout).toBe("{}\n");
    expect(virsh[0]).toEqual(["domstate", "--domain=web"]);
  });

  test("that nobody knows is told with virsh's words", async () => {
    expect(await call("nowhere", "guest-ping")).toMatchObject({
      code: exit.usage,
      stdout: "",
      stderr: `guestwire call: "nowhere" is no socket here and no domain of libvirt's (virsh: failed to get domain 'nowhere')\n`,
    });
    expect(await call("libvirt:nowhere", "guest-ping")).toMatchObject({
      code: exit.transport,
      stderr: "guestwire call: virsh: failed to get domain 'nowhere'\n",
    });
  });

  test("whose agent does not answer", async () => {
    expect(await call("libvirt:gone", "guest-ping")).toMatchObject({
      code: exit.transport,
      stderr:
        "guestwire call: virsh: Guest agent is not responding: QEMU guest agent is not connected\n",
    });
  });

  test("a refusal of the agent is one, though its class does not come through", async () => {
    expect(await call("libvirt:web", "guest-nonsense")).toMatchObject({
      code: exit.refused,
      stderr: "CommandNotFound: The command guest-nonsense has not been found\n",
    });
    expect(await call("libvirt:web", "guest-file-close", "handle=1")).toMatchObject({
      code: exit.refused,
      stderr: "GenericError: handle '1' has not been found\n",
    });
  });

  test("runs programs through it", async () => {
    await using agent = await Agent.start();
    using scratch = new Scratch();
    const environment = {
      PATH: virshIn(scratch, fakeVirsh),
      FAKE_DOMAINS: `web=${agent.socket}`,
    };
    const script = "tr a-z A-Z; echo oops >&2; exit 7";
    const argv = ["exec", "web", "--", "sh", "-c", script];
    expect(await runPiped(argv, "hello\n", environment)).toEqual({
      code: 7,
      stdout: "HELLO\n",
      stderr: "oops\n",
    });
  });

  test("may be many, those that run", async () => {
    await using agent = await Agent.start();
    using scratch = new Scratch();
    const domains = ["web-2", "db", "web-10", "web-off"].map((name) => `${name}=${agent.socket}`);
    const environment = {
      PATH: virshIn(scratch, fakeVirsh),
      FAKE_DOMAINS: [...domains, "web-3=/nonexistent"].join(":"),
      FAKE_STOPPED: "web-off",
    };
    const rows = (...args: readonly string[]) =>
      runPiped(["call", ...args, "guest-sync", "id=3"], "", environment);
    expect(await rows("web-*")).toEqual({
      code: exit.transport,
      stdout: `TARGET          STATE   REPLY
libvirt:web-2   ok      3
libvirt:web-3   absent  virsh: Guest agent is not responding: QEMU guest agent is not connected
libvirt:web-10  ok      3
`,
      stderr: "3 targets: 2 ok, 1 absent\n",
    });
    const all = await rows("--all", "--targets", "libvirt:web-[!3]*,db");
    expect(all.stderr).toBe("4 targets: 4 ok\n");
    expect(await rows("libvirt:qemu:///system/x*")).toMatchObject({
      code: exit.usage,
      stderr: 'guestwire call: "libvirt:qemu:///system/x*" matches no domain that runs\n',
    });
  });

  test("a request that is too long for an argument is not sent", async () => {
    const { code, stderr, virsh } = await call(
      "libvirt:web",
      "guest-file-write",
      "handle=1",
      `buf-b64=${"A".repeat(131_060)}`,
    );
    expect({ code, virsh }).toEqual({ code: exit.transport, virsh: [] });
    expect(stderr).toContain("is too long: at most 131071 can be sent");
  });
});

describe.skipIf(noAgent)(`a virsh that${needsAgent}`, () => {
  async function call(script: string | null, ...options: readonly string[]): Promise<Outcome> {
    using scratch = new Scratch();
    const PATH = script === null ? scratch.path : virshIn(scratch, script);
    return await run(["call", ...options, "libvirt:web", "guest-ping"], {
      argv0: "guestwire",
      environment: { PATH },
    });
  }

  test("is not there", async () => {
    expect(await call(null)).toMatchObject({
      code: exit.transport,
      stderr: "guestwire call: Cannot run virsh: ENOENT\n",
    });
  });

  test("does not end is killed", async () => {
    expect(await call("exec sleep 1000", "--timeout", "0.3")).toMatchObject({
      code: exit.timeout,
      stderr: "guestwire call: The agent did not answer in time\n",
    });
  });

  test("says no JSON, or too much", async () => {
    expect(await call("echo hello")).toMatchObject({ code: exit.transport, stdout: "" });
    expect(await call("exec yes")).toMatchObject({
      code: exit.transport,
      stderr: expect.stringContaining("virsh said more than "),
    });
  });

  test("fails without a word, or with words for a terminal", async () => {
    expect(await call("exit 3")).toMatchObject({
      stderr: "guestwire call: virsh: failed without a word\n",
    });
    expect(await call(`printf 'error: a\\033[2Jb\\n' >&2; exit 1`)).toMatchObject({
      stderr: "guestwire call: virsh: a\\u001b[2Jb\n",
    });
  });
});

describe.skipIf(noAgent)(`without TARGET${needsAgent}`, () => {
  test.each(["GUESTWIRE_TARGET", "QGA_CLIENT_ADDRESS"])("%s is asked", async (name) => {
    await using agent = await Agent.start();
    const launch = { argv0: "guestwire", environment: { [name]: agent.socket } };
    expect(await run(["call", "guest-sync", "id=3"], launch)).toEqual(prints("3\n"));
    expect(await run(["call", "-", "guest-sync", "id=3"], launch)).toEqual(prints("3\n"));
  });
});

test.skipIf(noAgent)(`a socket in the current folder needs no path${needsAgent}`, async () => {
  await using agent = await Agent.start();
  using scratch = new Scratch();
  symlinkSync(agent.socket, scratch.file("web"));
  const launch = { argv0: "guestwire", folder: scratch.path };
  expect(await run(["call", "web", "guest-ping"], launch)).toEqual(prints("{}\n"));
});

test.skipIf(noAgent)(`vsock that is not there is told${needsAgent}`, async () => {
  const { code, stderr } = await run(["call", "vsock:4000000000:1", "guest-ping"], {
    argv0: "guestwire",
  });
  expect(code).toBe(exit.transport);
  expect(stderr).toMatch(/^guestwire call: Cannot connect to vsock 4000000000:1: E[A-Z]+\n$/);
});
