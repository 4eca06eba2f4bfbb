/** Channels that cannot be opened: said on stderr, told by the exit code, and nothing of others touched. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { SysError } from "../../native/errno.ts";
import { Agent, connect, needsAgent, noAgent, Program, run } from "./agent.ts";
import { Client } from "./client.ts";
import { isRunning, until } from "./proc.ts";
import { needsPty, noPty, openPty } from "./pty.ts";
import { expectRefusal, messages, noChannel, start } from "./refusal.ts";
import { Scratch } from "./scratch.ts";

setDefaultTimeout(60_000);

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

function portCount(folder: string): number {
  return existsSync(folder) ? readdirSync(folder).length : 0;
}

const virtioPort = "/dev/virtio-ports/org.qemu.guest_agent.0";
const havePort = existsSync(virtioPort) || portCount("/sys/class/virtio-ports") > 0;
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
