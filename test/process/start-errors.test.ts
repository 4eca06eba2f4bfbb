/** What keeps the agent from starting: said on stderr, told by the exit code, and nothing of others touched. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { SysError } from "../../native/errno.ts";
import { Agent, connect, needsAgent, noAgent, type Outcome, Program, run } from "./agent.ts";
import { Client } from "./client.ts";
import { isRunning, until } from "./proc.ts";
import { needsPty, noPty, openPty } from "./pty.ts";
import { Scratch } from "./scratch.ts";

setDefaultTimeout(60_000);

/** The messages of log lines, without the time in front. */
function messages(stderr: string): string[] {
  return stderr
    .trimEnd()
    .split("\n")
    .map((line) => line.replace(/^\d+\.\d{6}: /, ""));
}

function expectRefusal(outcome: Outcome, ...said: string[]): void {
  expect({ ...outcome, stderr: messages(outcome.stderr) }).toEqual({
    code: 1,
    signal: null,
    stdout: "",
    stderr: said,
  });
}

/** Starts an agent that must not start, on `path` and with a state folder of its own. */
async function start(scratch: Scratch, path: string, ...more: string[]): Promise<Outcome> {
  mkdirSync(scratch.file("state"), { recursive: true });
  return run(["-m", "unix-listen", "-p", path, "-t", scratch.file("state"), ...more]);
}

const noChannel = [
  "critical: failed to create guest agent channel",
  "critical: failed to initialize guest agent channel",
];
const noAgentError = "critical: error initializing guest agent";

describe.skipIf(noAgent)(`options${needsAgent}`, () => {
  test.each([
    [["-x"], "invalid option -- 'x'"],
    [["--ver"], "option '--ver' is ambiguous; possibilities: '--version' '--verbose'"],
    [["-m"], "option requires an argument -- 'm'"],
    [["--method"], "option '--method' requires an argument"],
    [["--verbose=1"], "option '--verbose' doesn't allow an argument"],
  ])("%j", async (args, complaint) => {
    expect(await run(args, { argv0: "qemu-ga" })).toEqual({
      code: 1,
      signal: null,
      stdout: "Unknown option, try 'qemu-ga --help' for more information.\n",
      stderr: `qemu-ga: ${complaint}\n`,
    });
  });

  test("a listening method without a path", async () => {
    for (const method of ["unix-listen", "vsock-listen"]) {
      expectRefusal(await run(["-m", method]), "must specify a path for this channel");
    }
  });

  test("an unknown method", async () => {
    using scratch = new Scratch();
    expectRefusal(
      await run(["-m", "carrier-pigeon", "-p", "/x", "-t", scratch.path]),
      "critical: unsupported channel method/type: carrier-pigeon",
      "critical: failed to initialize guest agent channel",
    );
  });

  test.each([
    ["1", "error parsing address '1'"],
    ["x:1", "Failed to parse cid 'x'"],
    [":1", "Failed to parse cid ''"],
    ["1:", "Failed to parse port ''"],
    ["1:2:3", "Failed to parse port '2:3'"],
    ["4294967296:1", "Failed to parse cid '4294967296'"],
  ])("a vsock address that is none: %s", async (address, reason) => {
    using scratch = new Scratch();
    const outcome = await run(["-m", "vsock-listen", "-p", address, "-t", scratch.path]);
    expectRefusal(outcome, `critical: ${reason}`, ...noChannel);
  });
});

describe.skipIf(noAgent)(`the configuration file${needsAgent}`, () => {
  const failure = (path: string, reason: string) =>
    `error loading configuration from path: ${path}, ${reason}`;

  test("missing, when it was named", async () => {
    expectRefusal(
      await run(["-c", "/nonexistent/file"]),
      failure("/nonexistent/file", "No such file or directory"),
    );
  });

  test("missing, when it is the default one of QGA_CONF, is none", async () => {
    const outcome = await run(["-D"], { environment: { QGA_CONF: "/nonexistent/file" } });
    expect(outcome).toMatchObject({ code: 0, stderr: "" });
  });

  test("a folder", async () => {
    using scratch = new Scratch();
    expectRefusal(await run(["-c", scratch.path]), failure(scratch.path, "Not a regular file"));
    expectRefusal(
      await run([], { environment: { QGA_CONF: scratch.path } }),
      failure(scratch.path, "Not a regular file"),
    );
  });

  test("a FIFO does not make the agent wait", async () => {
    using scratch = new Scratch();
    const path = scratch.file("fifo");
    Bun.spawnSync(["mkfifo", path]);
    const { code, stderr } = await run(["-c", path]);
    expect(code).toBe(1);
    expect(stderr).toStartWith(`error loading configuration from path: ${path}, `);
  });

  test("a symlink to itself", async () => {
    using scratch = new Scratch();
    const path = scratch.file("loop");
    symlinkSync(path, path);
    expectRefusal(await run(["-c", path]), failure(path, "Too many levels of symbolic links"));
  });

  test.each([
    [
      "general",
      "Key file contains line “general” which is not a key-value pair, group, or comment",
    ],
    ["a=1\n", "Key file does not start with a group"],
    [
      "[general]\nverbose=maybe\n",
      "Key file contains key “verbose” which has a value that cannot be interpreted.",
    ],
  ])("broken: %j", async (text, reason) => {
    using scratch = new Scratch();
    const path = scratch.file("conf");
    writeFileSync(path, text);
    expectRefusal(await run(["-c", path]), failure(path, reason));
  });
});

describe.skipIf(noAgent)(`the place of the socket${needsAgent}`, () => {
  test("another agent listens: it is left alone", async () => {
    await using first = await Agent.start();
    using client = await first.client();
    using scratch = new Scratch();
    expectRefusal(
      await start(scratch, first.socket),
      `critical: Failed to bind socket to ${first.socket}: Address already in use`,
      ...noChannel,
    );
    expect(client.call("guest-ping")).toEqual({});
    client.close();
    using next = await first.client();
    expect(next.call("guest-ping")).toEqual({});
  });

  test("another agent listens and its backlog is full: it is left alone", async () => {
    await using first = await Agent.start();
    using client = await first.client();
    const waiting = fillBacklog(first.socket);
    using scratch = new Scratch();
    expectRefusal(
      await start(scratch, first.socket),
      `critical: Failed to bind socket to ${first.socket}: Address already in use`,
      ...noChannel,
    );
    expect(client.call("guest-ping")).toEqual({});
    for (const each of waiting) each.close();
  });

  test("a file that is no socket is kept", async () => {
    using scratch = new Scratch();
    const path = scratch.file("precious");
    writeFileSync(path, "data");
    expectRefusal(
      await start(scratch, path),
      `critical: Failed to unlink socket ${path}: it is no socket`,
      ...noChannel,
    );
    expect(readFileSync(path, "utf8")).toBe("data");
  });

  test("a folder is kept", async () => {
    using scratch = new Scratch();
    expectRefusal(
      await start(scratch, scratch.path),
      `critical: Failed to unlink socket ${scratch.path}: Is a directory`,
      ...noChannel,
    );
    expect(existsSync(scratch.path)).toBe(true);
  });

  test("a dangling symlink is kept", async () => {
    using scratch = new Scratch();
    const path = scratch.file("link");
    symlinkSync(scratch.file("nowhere"), path);
    expect(await start(scratch, path)).toMatchObject({ code: 1, stdout: "" });
    expect(existsSync(scratch.file("nowhere"))).toBe(false);
  });

  test("a socket that nobody listens on any more is taken over", async () => {
    await using agent = await Agent.start();
    await agent.end("SIGKILL");
    expect(statSync(agent.socket).isSocket()).toBe(true);
    await agent.launch();
    using client = await agent.client();
    expect(client.call("guest-ping")).toEqual({});
  });

  test("its folder is missing", async () => {
    using scratch = new Scratch();
    const path = scratch.file("missing/socket");
    expectRefusal(
      await start(scratch, path),
      `critical: Failed to bind socket to ${path}: No such file or directory`,
      ...noChannel,
    );
  });

  test("its folder is a file", async () => {
    using scratch = new Scratch();
    writeFileSync(scratch.file("file"), "");
    const path = scratch.file("file/socket");
    expectRefusal(
      await start(scratch, path),
      `critical: Failed to bind socket to ${path}: Not a directory`,
      ...noChannel,
    );
  });

  test("a path that is too long", async () => {
    using scratch = new Scratch();
    const path = scratch.file("x".repeat(200));
    expectRefusal(
      await start(scratch, path),
      `critical: UNIX socket path '${path}' is too long`,
      ...noChannel,
    );
  });

  test("an empty path", async () => {
    using scratch = new Scratch();
    expect(await start(scratch, "")).toMatchObject({ code: 1, stdout: "" });
  });
});

/** Clients that nobody accepts, as many as the kernel takes. */
function fillBacklog(path: string): Client[] {
  const waiting: Client[] = [];
  for (;;) {
    try {
      waiting.push(Client.unix(path));
    } catch (error) {
      if (error instanceof SysError && error.code === "EAGAIN") return waiting;
      throw error;
    }
  }
}

const virtioPort = "/dev/virtio-ports/org.qemu.guest_agent.0";
const havePort = existsSync("/dev/virtio-ports") || existsSync("/sys/class/virtio-ports");
const needsNoPort = havePort ? " (needs a machine without virtio ports)" : "";

describe.skipIf(noAgent)(`devices${needsAgent}`, () => {
  test.skipIf(havePort)(`the virtio port is missing${needsNoPort}`, async () => {
    using scratch = new Scratch();
    const path = virtioPort;
    expectRefusal(
      await run(["-t", scratch.path]),
      `critical: error opening channel '${path}': No such file or directory`,
      ...noChannel,
    );
  });

  test("a missing device that was named", async () => {
    using scratch = new Scratch();
    for (const method of ["virtio-serial", "isa-serial"]) {
      expectRefusal(
        await run(["-m", method, "-p", "/dev/nonexistent", "-t", scratch.path]),
        "critical: error opening channel '/dev/nonexistent': No such file or directory",
        ...noChannel,
      );
    }
  });

  test("a serial line that is no terminal", async () => {
    using scratch = new Scratch();
    expectRefusal(
      await run(["-m", "isa-serial", "-p", "/dev/null", "-t", scratch.path]),
      "critical: error opening channel '/dev/null': Inappropriate ioctl for device",
      ...noChannel,
    );
  });

  test("a virtio port that is a regular file or a folder", async () => {
    using scratch = new Scratch();
    const path = scratch.file("file");
    writeFileSync(path, "");
    const outcome = await run(["-m", "virtio-serial", "-p", path, "-t", scratch.path]);
    expect(outcome).toMatchObject({ code: 1, stdout: "" });
    expect(messages(outcome.stderr)).toEqual([
      expect.stringContaining(`critical: error opening channel '${path}': `),
      ...noChannel,
    ]);
    expectRefusal(
      await run(["-m", "virtio-serial", "-p", scratch.path, "-t", scratch.path]),
      `critical: error opening channel '${scratch.path}': Is a directory`,
      ...noChannel,
    );
  });

  test.skipIf(noPty)(`--retry-path waits for a path that appears later${needsPty}`, async () => {
    using scratch = new Scratch();
    const path = scratch.file("line");
    await using agent = new Program([
      ...["-r", "-v", "-m", "isa-serial", "-p", path, "-t", scratch.path],
    ]);
    await until("the first attempt", () => agent.stderr.includes("waiting for channel path..."));
    expect(messages(agent.stderr)).toContain(
      `critical: error opening channel '${path}': No such file or directory`,
    );
    const pty = openPty();
    // What is sent before the line is opened is thrown away, so the agent has to have it open.
    symlinkSync(pty.path, path);
    using client = new Client(pty.host);
    await until("the line set up", () => pty.isRaw());
    client.sync();
    expect(client.call("guest-ping")).toEqual({});
  });

  test("--retry-path takes SIGTERM while it waits", async () => {
    using scratch = new Scratch();
    await using agent = new Program(["-r", "-v", "-p", "/dev/nonexistent", "-t", scratch.path]);
    await until("the first attempt", () => agent.stderr.includes("waiting for channel path..."));
    agent.kill("SIGTERM");
    expect(await agent.ended()).toEqual({ code: 0, signal: null });
  });

  test("--retry-path waits for a socket's folder as well", async () => {
    using scratch = new Scratch();
    const path = scratch.file("later/socket");
    await using agent = new Program([
      ...["-r", "-v", "-m", "unix-listen", "-p", path, "-t", scratch.path],
    ]);
    await until("the first attempt", () => agent.stderr.includes("waiting for channel path..."));
    mkdirSync(scratch.file("later"));
    using client = await connect(path, () => !isRunning(agent.pid));
    client.sync();
  });
});

describe.skipIf(noAgent)(`the state folder${needsAgent}`, () => {
  test("missing", async () => {
    using scratch = new Scratch();
    const state = scratch.file("missing");
    expectRefusal(
      await run(["-m", "unix-listen", "-p", scratch.file("socket"), "-t", state]),
      `critical: failed to write persistent state to ${state}/qga.state: No such file or directory`,
      `critical: unable to create state file at path ${state}/qga.state`,
      "critical: failed to load persistent state",
      noAgentError,
    );
    expect(existsSync(state)).toBe(false);
    expect(existsSync(scratch.file("socket"))).toBe(false);
  });

  test("a file", async () => {
    using scratch = new Scratch();
    writeFileSync(scratch.file("file"), "");
    const outcome = await run([
      ...["-m", "unix-listen", "-p", scratch.file("socket"), "-t", scratch.file("file")],
    ]);
    expect(outcome).toMatchObject({ code: 1, stdout: "" });
    // Whether it is frozen cannot be told there, which counts as frozen: nothing is written, and reading fails.
    expect(messages(outcome.stderr).at(-1)).toBe(noAgentError);
  });

  test("with a broken state file, which is kept", async () => {
    using scratch = new Scratch();
    mkdirSync(scratch.file("state"));
    writeFileSync(scratch.file("state/qga.state"), "nonsense");
    const outcome = await start(scratch, scratch.file("socket"));
    expect(outcome).toMatchObject({ code: 1, stdout: "" });
    expect(messages(outcome.stderr)).toContain("critical: failed to load persistent state");
    expect(readFileSync(scratch.file("state/qga.state"), "utf8")).toBe("nonsense");
  });
});

describe.skipIf(noAgent)(`the log file${needsAgent}`, () => {
  test.each([
    ["a folder", (scratch: Scratch) => scratch.path, "Is a directory"],
    ["in a missing folder", (scratch: Scratch) => scratch.file("x/y"), "No such file or directory"],
    ["an empty name", () => "", "No such file or directory"],
  ])("that cannot be opened: %s", async (_, path, reason) => {
    using scratch = new Scratch();
    expectRefusal(
      await start(scratch, scratch.file("socket"), "-l", path(scratch)),
      `critical: unable to open specified log file: ${reason}`,
      noAgentError,
    );
    expect(existsSync(scratch.file("socket"))).toBe(false);
  });

  test("takes what would be on stderr", async () => {
    using scratch = new Scratch();
    writeFileSync(scratch.file("precious"), "data");
    const outcome = await start(scratch, scratch.file("precious"), "-l", scratch.file("log"));
    expect({ ...outcome, stdout: "", stderr: "" }).toEqual(outcome);
    expect(outcome.code).toBe(1);
    expect(messages(readFileSync(scratch.file("log"), "utf8")).at(-1)).toBe(
      noChannel.at(-1) as string,
    );
  });

  test("is made readable by its owner alone", async () => {
    await using agent = await Agent.start(["-v", "-l", "/dev/null"]);
    await agent.end("SIGTERM");
    using scratch = new Scratch();
    const log = scratch.file("log");
    mkdirSync(scratch.file("missing"));
    chmodSync(scratch.file("missing"), 0o755);
    await start(scratch, scratch.file("missing"), "-l", log);
    expect(statSync(log).mode & 0o777).toBe(0o600);
  });
});
