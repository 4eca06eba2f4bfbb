import { describe, expect, test } from "bun:test";
import { listenUnix } from "../../native/socket.ts";
import { pipe, spawn } from "../../native/spawn.ts";
import { DaemonChild } from "../../src/agent/daemon-child.ts";
import { startDaemon } from "../../src/agent/daemonize.ts";
import { Scratch } from "./scratch.ts";

const program = `${import.meta.dir}/daemon-program.ts`;

/** A FIFO that the daemon writes to, since nobody else hears of it, and somebody who reads it. */
class FactsReader implements Disposable {
  readonly fifo: string;
  readonly #child: Bun.Subprocess<"ignore", "pipe", "inherit">;

  constructor(scratch: Scratch) {
    this.fifo = scratch.file("facts");
    Bun.spawnSync(["mkfifo", this.fifo]);
    this.#child = Bun.spawn(["cat", this.fifo], { stdin: "ignore", stdout: "pipe" });
  }

  text(): Promise<string> {
    return this.#child.stdout.text();
  }

  [Symbol.dispose](): void {
    this.#child.kill();
  }
}

/** Runs the program and reads what its daemon writes to the FIFO. */
async function run(task: string, scratch: Scratch) {
  using reader = new FactsReader(scratch);
  const starter = Bun.spawn([process.execPath, program, task, reader.fifo], {
    cwd: scratch.path,
    env: { ...process.env, KEPT: "yes", LISTEN_PID: "1", LISTEN_FDS: "1" },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const exitCode = await starter.exited;
  const stderr = await starter.stderr.text();
  const facts = exitCode === 0 ? JSON.parse(await reader.text()) : null;
  return { exitCode, stderr, facts };
}

describe("startDaemon", () => {
  test("ends well once the daemon is ready, which is then a process on its own", async () => {
    using scratch = new Scratch();
    const { exitCode, stderr, facts } = await run("run", scratch);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    expect(facts).toEqual({
      argv: ["run", scratch.file("facts")],
      hasOwnSession: true,
      folder: "/",
      stdio: ["/dev/null", "/dev/null", "/dev/null"],
      umask: 0o077,
      environment: [],
      kept: "yes",
      listenMethod: null,
    });
  });

  test("ends with the daemon's text and exit code when it cannot run", async () => {
    using scratch = new Scratch();
    expect(await run("fail", scratch)).toEqual({
      exitCode: 7,
      stderr: "error opening channel\nsecond line",
      facts: null,
    });
  });

  test("ends badly when the daemon dies without a word", async () => {
    using scratch = new Scratch();
    expect(await run("die", scratch)).toEqual({
      exitCode: 1,
      stderr: "the daemon ended before it was ready",
      facts: null,
    });
  });

  test("tells at once when the program cannot be started", () => {
    const missing = { path: "/nonexistent/x", argv: ["x"], environment: {}, listeners: [] };
    expect(() => startDaemon(missing)).toThrow("No such file or directory");
  });

  test("passes on the socket it was activated with", async () => {
    using scratch = new Scratch();
    using reader = new FactsReader(scratch);
    using listener = listenUnix(scratch.file("socket"), 1);
    const activated = 'export LISTEN_PID=$$ LISTEN_FDS=1; exec "$@"';
    spawn({
      path: "/bin/sh",
      argv: ["sh", "-c", activated, "sh", process.execPath, program, "run", reader.fifo],
      stdio: ["null", "null", "inherit"],
      passFds: [[listener, 3]],
    });
    expect(JSON.parse(await reader.text())).toMatchObject({
      listenMethod: "unix-listen",
      environment: [],
    });
  });
});

describe("DaemonChild", () => {
  test.each([undefined, "", "x", "3", "3:x"])("is not what was started by others: %p", (mark) => {
    const removed: string[] = [];
    const environment = { GUESTWIRE_DAEMON: mark };
    expect(DaemonChild.take(environment, (name) => removed.push(name))).toBeNull();
    expect(removed).toEqual(mark === undefined ? [] : ["GUESTWIRE_DAEMON"]);
  });

  test("refuses a mark whose pipe is not there", () => {
    const environment = { GUESTWIRE_DAEMON: "9999:0" };
    expect(() => DaemonChild.take(environment, () => {})).toThrow("Bad file descriptor");
  });

  test("learns that nobody waits for it any more", async () => {
    using scratch = new Scratch();
    using reader = new FactsReader(scratch);
    const [reading, writing] = pipe();
    reading.close();
    using pipeEnd = writing;
    spawn({
      path: process.execPath,
      argv: [process.execPath, program, "run", reader.fifo],
      env: ["GUESTWIRE_DAEMON=3:0"],
      stdio: ["null", "null", "inherit"],
      passFds: [[pipeEnd, 3]],
    });
    expect(await reader.text()).toBe('{"error":"EPIPE"}');
  });
});
