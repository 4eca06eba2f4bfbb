/** The agent in the background, and the agent on a socket that a service manager listens on. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  writeFileSync,
} from "node:fs";
import type { Fd } from "../../native/fd.ts";
import { rawFd } from "../../native/raw-fd.ts";
import { listenUnix } from "../../native/socket.ts";
import {
  Agent,
  agentPath,
  connect,
  needsAgent,
  noAgent,
  type Outcome,
  Program,
  run,
} from "./agent.ts";
import { isRunning, parentOf, sessionOf, until } from "./proc.ts";
import { Scratch } from "./scratch.ts";

setDefaultTimeout(60_000);

const backlog = 1;

/** An agent that went to the background, found by its pid file and killed when the test's block ends. */
class Daemon implements Disposable {
  readonly #scratch = new Scratch();
  readonly socket = this.#scratch.file("socket");
  readonly pidFile = this.#scratch.file("pid");
  readonly state = this.#scratch.file("state");

  constructor() {
    mkdirSync(this.state);
  }

  /** Runs the command that puts it there, with a channel unless it is passed on. */
  start(more: readonly string[] = [], launch: Parameters<typeof run>[1] = {}): Promise<Outcome> {
    const channel = launch.pass === undefined ? ["-m", "unix-listen", "-p", this.socket] : [];
    return run([...channel, "-d", "-f", this.pidFile, "-t", this.state, ...more], launch);
  }

  file(name: string): string {
    return this.#scratch.file(name);
  }

  get pid(): number {
    return Number(readFileSync(this.pidFile, "utf8"));
  }

  async client() {
    const client = await connect(this.socket, () => false);
    client.sync();
    return client;
  }

  async end(signal: NodeJS.Signals): Promise<void> {
    const { pid } = this;
    process.kill(pid, signal);
    await until(`process ${pid} ended`, () => !isRunning(pid));
  }

  [Symbol.dispose](): void {
    if (existsSync(this.pidFile)) {
      const { pid } = this;
      // A number in the file of an agent that has ended may be somebody else's by now.
      if (pid > 1 && isRunning(pid) && readlinkSync(`/proc/${pid}/exe`) === agentPath) {
        process.kill(pid, "SIGKILL");
      }
    }
    this.#scratch[Symbol.dispose]();
  }
}

const silently = { code: 0, signal: null, stdout: "", stderr: "" };

describe.skipIf(noAgent)(`a daemon${needsAgent}`, () => {
  test("is ready when the command that started it ends", async () => {
    using daemon = new Daemon();
    expect(await daemon.start()).toEqual(silently);
    using client = await daemon.client();
    expect(client.call("guest-ping")).toEqual({});
  });

  test("has a session, a working folder and standard streams of its own", async () => {
    using daemon = new Daemon();
    await daemon.start([], { folder: daemon.state });
    const { pid } = daemon;
    expect(sessionOf(pid)).not.toBe(sessionOf(process.pid));
    expect(parentOf(pid)).not.toBe(process.pid);
    expect(readlinkSync(`/proc/${pid}/cwd`)).toBe("/");
    for (const number of [0, 1, 2]) {
      expect(readlinkSync(`/proc/${pid}/fd/${number}`)).toBe("/dev/null");
    }
  });

  test("writes its number to a file for its owner alone, and removes it with its socket", async () => {
    using daemon = new Daemon();
    await daemon.start();
    expect(readFileSync(daemon.pidFile, "utf8")).toMatch(/^\d+\n$/);
    expect(statSync(daemon.pidFile).mode & 0o777).toBe(0o600);
    expect(readlinkSync(`/proc/${daemon.pid}/exe`)).toBe(agentPath);
    expect(statSync(daemon.socket).mode & 0o777).toBe(0o700);
    await daemon.end("SIGTERM");
    expect(existsSync(daemon.pidFile)).toBe(false);
    expect(existsSync(daemon.socket)).toBe(false);
  });

  test("takes over a pid file that nobody locks", async () => {
    using daemon = new Daemon();
    writeFileSync(daemon.pidFile, "1234567890 and more than it writes itself\n");
    expect(await daemon.start()).toEqual(silently);
    expect(readFileSync(daemon.pidFile, "utf8")).toMatch(/^\d{1,8}\n$/);
  });

  test("a second one with the same pid file is refused, and leaves the first alone", async () => {
    using first = new Daemon();
    await first.start();
    const { pid } = first;
    using second = new Daemon();
    const outcome = await second.start(["-f", first.pidFile]);
    expect(outcome).toMatchObject({ code: 1, stdout: "" });
    expect(outcome.stderr).toMatch(
      /^\d+\.\d{6}: critical: Cannot lock pid file: Resource temporarily unavailable\n/,
    );
    expect(existsSync(second.socket)).toBe(false);
    expect(first.pid).toBe(pid);
    using client = await first.client();
    expect(client.call("guest-ping")).toEqual({});
  });

  test("a pid file that cannot be written is the command's failure", async () => {
    using daemon = new Daemon();
    const path = daemon.file("missing/pid");
    const outcome = await daemon.start(["-f", path]);
    expect(outcome).toMatchObject({ code: 1, stdout: "" });
    expect(outcome.stderr).toContain(`Could not create '${path}': No such file or directory`);
    expect(existsSync(daemon.socket)).toBe(false);
  });

  test("a channel that cannot be opened is the command's failure", async () => {
    using daemon = new Daemon();
    const path = daemon.file("missing/socket");
    const outcome = await daemon.start(["-p", path]);
    expect(outcome).toMatchObject({ code: 1, stdout: "" });
    expect(outcome.stderr).toContain(
      `critical: Failed to bind socket to ${path}: No such file or directory\n`,
    );
    expect(outcome.stderr).toContain("critical: failed to initialize guest agent channel\n");
    expect(existsSync(daemon.pidFile)).toBe(false);
  });

  test("relative paths are meant from where it was started", async () => {
    using daemon = new Daemon();
    const launch = { folder: daemon.file("") };
    expect(
      await daemon.start(["-p", "socket", "-f", "pid", "-t", "state", "-l", "log"], launch),
    ).toEqual(silently);
    using client = await daemon.client();
    expect(client.call("guest-file-open", { path: "/dev/null" })).toBe(1000);
    client.close();
    expect(existsSync(daemon.file("log"))).toBe(true);
    await daemon.end("SIGTERM");
    expect([existsSync(daemon.pidFile), existsSync(daemon.socket)]).toEqual([false, false]);
    expect(readFileSync(`${daemon.state}/qga.state`, "utf8")).toBe("[global]\nfd_counter=1001\n");
  });

  test("the configuration file can say so too", async () => {
    using daemon = new Daemon();
    const path = daemon.file("conf");
    writeFileSync(
      path,
      `[general]\ndaemon=true\nmethod=unix-listen\npath=${daemon.socket}\npidfile=${daemon.pidFile}\nstatedir=${daemon.state}\n`,
    );
    expect(await run(["-c", path])).toEqual(silently);
    using client = await daemon.client();
    expect(client.call("guest-ping")).toEqual({});
  });
});

/** Runs the agent by way of a shell that says, as a service manager does, which process the sockets are for. */
function activation(variables: string, pass: readonly Fd[]) {
  return {
    path: "/bin/sh",
    prefix: ["-c", `export ${variables}; exec "$0" "$@"`, agentPath],
    pass: pass.map(rawFd),
  };
}

const forItself = "LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES=qga";

describe.skipIf(noAgent)(`socket activation${needsAgent}`, () => {
  test("the passed socket is served, before method and path, and stays", async () => {
    using scratch = new Scratch();
    const path = scratch.file("socket");
    using listener = listenUnix(path, backlog);
    const channel = ["-m", "virtio-serial", "-p", "/dev/nonexistent", "-t", scratch.path];
    await using agent = new Program(channel, activation(forItself, [listener]));
    for (let time = 0; time < 2; time++) {
      using client = await connect(path, () => !agent.alive);
      client.sync();
      expect(client.call("guest-ping")).toEqual({});
    }
    const environment = readFileSync(`/proc/${agent.pid}/environ`, "latin1");
    expect(environment).toContain("LISTEN_FDS=1");
    agent.kill("SIGTERM");
    expect(await agent.ended()).toEqual({ code: 0, signal: null });
    expect(existsSync(path)).toBe(true);
  });

  test("a client that waits from before the start is served", async () => {
    using scratch = new Scratch();
    const path = scratch.file("socket");
    using listener = listenUnix(path, backlog);
    using client = await connect(path, () => true);
    client.send('{"execute": "guest-ping"}');
    await using _ = new Program(["-t", scratch.path], activation(forItself, [listener]));
    expect(client.line()).toBe('{"return": {}}');
  });

  test("a daemon has the socket as well", async () => {
    using daemon = new Daemon();
    using listener = listenUnix(daemon.socket, backlog);
    expect(await daemon.start([], activation(forItself, [listener]))).toEqual(silently);
    using client = await daemon.client();
    expect(client.call("guest-ping")).toEqual({});
    client.close();
    await daemon.end("SIGTERM");
    expect(existsSync(daemon.socket)).toBe(true);
    expect(existsSync(daemon.pidFile)).toBe(false);
  });

  test("variables meant for another process are ignored", async () => {
    using scratch = new Scratch();
    using listener = listenUnix(scratch.file("socket"), backlog);
    const environment = { LISTEN_PID: "1", LISTEN_FDS: "1" };
    await using agent = await Agent.start([], { environment, pass: [rawFd(listener)] });
    using client = await agent.client();
    expect(client.call("guest-ping")).toEqual({});
  });

  test("more than one socket is refused", async () => {
    using scratch = new Scratch();
    using listener = listenUnix(scratch.file("socket"), backlog);
    const two = activation("LISTEN_PID=$$ LISTEN_FDS=2", [listener, listener]);
    expect(await run(["-t", scratch.path], two)).toEqual({
      code: 1,
      signal: null,
      stdout: "",
      stderr: "qemu-ga only supports listening on one socket\n",
    });
  });

  test("no socket where one was announced is refused", async () => {
    using scratch = new Scratch();
    const outcome = await run(["-t", scratch.path], activation(forItself, []));
    // The runtime may have used the free number for a descriptor of its own before we look.
    const reasons = [
      "unsupported listen fd type\n",
      "Socket activation failed: invalid file descriptor fd = 3: Bad file descriptor\n",
    ];
    expect(outcome).toMatchObject({ code: 1, signal: null, stdout: "" });
    expect(reasons).toContain(outcome.stderr);
  });

  test("a passed descriptor that is no socket is told", async () => {
    using scratch = new Scratch();
    const outcome = await run(["-t", scratch.path], {
      path: "/bin/sh",
      prefix: ["-c", `export ${forItself}; exec "$0" "$@" 3</dev/null`, agentPath],
    });
    expect(outcome).toEqual({
      code: 1,
      signal: null,
      stdout: "",
      stderr: "unsupported listen fd type\n",
    });
  });
});
