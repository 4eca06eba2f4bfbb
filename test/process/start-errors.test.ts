/** What keeps the agent from starting, the channel apart: said on stderr and told by the exit code. */
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
import { Agent, needsAgent, noAgent, run } from "./agent.ts";
import { expectRefusal, messages, noAgentError, noChannel, start } from "./refusal.ts";
import { Scratch } from "./scratch.ts";

setDefaultTimeout(60_000);

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
