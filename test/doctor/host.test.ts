/** `guestwire doctor SOCKET` as a process: against our own agent, qemu-ga, and whatever else may be behind a socket. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { hostChecks } from "../../src/doctor/host/all.ts";
import { lackOf, qemuGa } from "../differential/binaries.ts";
import { Agent, needsAgent, noAgent, Program } from "../process/agent.ts";
import { Scratch } from "../process/scratch.ts";
import { doctor, examination } from "./run-doctor.ts";

setDefaultTimeout(60_000);

/** Something that listens on a socket of its own, and what it does with a client and with its bytes. */
class Listener implements AsyncDisposable {
  readonly #scratch = new Scratch();
  readonly #server;
  readonly #sockets = new Set<Socket>();

  private constructor(onClient: (socket: Socket) => void) {
    this.#server = createServer((socket) => {
      this.#sockets.add(socket);
      socket.on("error", () => {});
      onClient(socket);
    });
  }

  static async start(onClient: (socket: Socket) => void): Promise<Listener> {
    const listener = new Listener(onClient);
    await new Promise<void>((resolve) => listener.#server.listen(listener.path, resolve));
    return listener;
  }

  get path(): string {
    return this.#scratch.file("socket");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
    this.#scratch[Symbol.dispose]();
  }
}

/** One that gets every request as JSON and answers with what `answer` returns. */
function answering(answer: (request: { execute: string; arguments?: { id?: number } }) => unknown) {
  return Listener.start((socket) => {
    let text = "";
    socket.on("data", (bytes: Buffer) => {
      text += bytes.toString("latin1").replaceAll("\xff", "");
      for (let end = text.indexOf("\n"); end !== -1; end = text.indexOf("\n")) {
        const request = JSON.parse(text.slice(0, end));
        text = text.slice(end + 1);
        const isSync = request.execute === "guest-sync-delimited";
        const reply = isSync ? { return: request.arguments.id } : answer(request);
        if (isSync) socket.write(Uint8Array.of(0xff));
        socket.write(`${JSON.stringify(reply)}\n`);
      }
    });
  });
}

const statuses = async (...args: readonly string[]) => {
  const { report } = await examination(...args);
  return Object.fromEntries(report.findings.map(({ id, status }) => [id, status]));
};

describe.skipIf(noAgent)(`guestwire doctor SOCKET${needsAgent}`, () => {
  test("finds nothing wrong with our own agent", async () => {
    await using agent = await Agent.start();
    chmodSync(agent.socket, 0o600);
    const { code, report, find } = await examination("--strict", agent.socket);
    expect(report.findings.filter(({ status }) => status !== "ok")).toEqual([]);
    expect(code).toBe(0);
    expect(report).toMatchObject({
      schemaVersion: 1,
      subject: { kind: "host", socket: agent.socket },
      counts: { ok: hostChecks.length, info: 0, warning: 0, failure: 0, skipped: 0 },
    });
    expect(find("sync").seen).toMatch(
      new RegExp(`^in [\\d.]+ ms; guestwire \\(${agent.pid}\\) listens$`),
    );
    expect(find("latency").seen).toMatch(/^[\d.]+ ms in the median of 20 /);
    // The doctor has left: somebody else can come.
    using client = await agent.client();
    client.sync();
  });

  test.skipIf(!qemuGa.present)(`finds qemu-ga in order${lackOf(qemuGa)}`, async () => {
    await using agent = await Agent.start(["--block-rpcs=guest-exec"], { path: qemuGa.path });
    chmodSync(agent.socket, 0o600);
    const { code, find } = await examination(agent.socket);
    expect(code).toBe(0);
    expect(find("version").seen).toMatch(/^7\.2\./);
    expect(find("commands").status).toBe("info");
    expect(find("commands").seen).toMatch(
      /^\d+ commands; disabled: .*guest-exec; not there: .*guest-get-load/,
    );
    expect(find("latency").status).toBe("ok");
  });

  test("a socket that everybody may connect to is a warning, and with --strict a failure", async () => {
    await using agent = await Agent.start();
    using folder = new Scratch();
    chmodSync(folder.path, 0o755);
    const link = folder.file("socket");
    symlinkSync(agent.socket, link);
    chmodSync(agent.socket, 0o666);
    const { code, find } = await examination(link);
    expect({ code, status: find("socket-access").status }).toEqual({ code: 0, status: "warning" });
    expect(find("sync").status).toBe("ok");
    expect((await examination("--strict", link)).code).toBe(1);
  });

  test("a client that is there already is named, and not disturbed", async () => {
    await using agent = await Agent.start();
    using client = await agent.client();
    using _waiting = await agent.connect();
    const { code, find } = await examination(agent.socket);
    expect(code).toBe(1);
    expect(find("socket-clients")).toMatchObject({
      status: "failure",
      seen: "2 other clients (1 served, 1 of them waiting)",
    });
    expect(find("sync")).toMatchObject({
      status: "skipped",
      seen: "not looked at, because of socket-clients",
    });
    client.sync();
  });

  test("a command that is blocked is no failure", async () => {
    await using agent = await Agent.start(["--block-rpcs=guest-get-time,guest-fsfreeze-status"]);
    const { find } = await examination(agent.socket);
    expect(find("clock")).toMatchObject({ status: "warning" });
    expect(find("clock").seen).toMatch(/^the agent refused: /);
    expect(find("latency").status).toBe("ok");
  });

  test("prints the same for people, without colours where it is no terminal", async () => {
    await using agent = await Agent.start();
    chmodSync(agent.socket, 0o600);
    const { code, stdout, stderr } = await doctor([agent.socket]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(
      /^guestwire doctor \S+: the agent behind \S+\n\nSocket\n {2}ok {7}socket /,
    );
    expect(stdout).toMatch(/\n9 ok, 0 info, 0 warnings, 0 failures, 0 skipped\n$/);
    expect(stdout).not.toContain("\x1b");
  });
});

describe.skipIf(noAgent)(`what is no agent${needsAgent}`, () => {
  test("no socket", async () => {
    const { code, find } = await examination("/nonexistent/socket");
    expect(code).toBe(1);
    expect(find("socket")).toMatchObject({
      status: "failure",
      seen: "there is no /nonexistent/socket",
    });
    expect(find("sync").status).toBe("skipped");
  });

  test("a file that is no socket", async () => {
    using scratch = new Scratch();
    writeFileSync(scratch.file("socket"), "");
    const { code, find } = await examination(scratch.file("socket"));
    expect(code).toBe(1);
    expect(find("socket").seen).toMatch(/is a file, no socket$/);
  });

  test("a socket that its listener has left behind", async () => {
    using scratch = new Scratch();
    const path = scratch.file("socket");
    const args = ["-m", "unix-listen", "-p", path, "-t", scratch.path];
    await using program = new Program(args);
    while (!(await examination(path)).report.counts.ok) {
      if (!program.alive) throw new Error(program.stderr);
    }
    program.kill("SIGKILL");
    await program.ended();
    const { code, find } = await examination(path);
    expect(code).toBe(1);
    expect(find("sync")).toMatchObject({ status: "failure", seen: "nobody listens" });
    rmSync(path);
  });

  test("one that never answers is given up in time", async () => {
    await using listener = await Listener.start(() => {});
    const { code, find } = await examination("--timeout", "0.3", listener.path);
    expect(code).toBe(1);
    expect(find("sync")).toMatchObject({
      status: "failure",
      seen: "nothing that is an answer came in time",
    });
    expect(find("latency").status).toBe("skipped");
  });

  test("one that answers with garbage", async () => {
    await using listener = await Listener.start((socket) => {
      socket.on("data", () => socket.write("SSH-2.0-OpenSSH_9.2\r\n\xff{]\n\n"));
    });
    const { code, find } = await examination("--timeout", "0.3", listener.path);
    expect(code).toBe(1);
    expect(find("sync").status).toBe("failure");
  });

  test.each([
    ["lines", "{}\n".repeat(20_000)],
    ["lines that look like replies to others", `\xff{"return": 1}\n`.repeat(10_000)],
    ["one line without an end", "x".repeat(64 * 1024)],
  ])("one that never stops sending %s is given up in time", async (_, text) => {
    await using listener = await Listener.start((socket) => {
      const bytes = Buffer.from(text, "latin1");
      const send = () => {
        while (!socket.destroyed && socket.write(bytes));
      };
      socket.on("drain", send);
      send();
    });
    const { code, find } = await examination("--timeout", "0.5", listener.path);
    expect(code).toBe(1);
    expect(find("sync").status).toBe("failure");
  });

  test("one that hangs up", async () => {
    await using listener = await Listener.start((socket) => socket.destroy());
    const { code, find } = await examination(listener.path);
    expect(code).toBe(1);
    expect(find("sync").seen).toMatch(/hung up/);
  });

  test("one that answers each time just before the deadline does not draw it out", async () => {
    await using listener = await Listener.start((socket) => {
      socket.on("data", (bytes: Buffer) => {
        const id = /"id":(\d+)/.exec(bytes.toString("latin1"))?.[1];
        if (id !== undefined) return socket.write(Buffer.from(`\xff{"return": ${id}}\n`, "latin1"));
        return setTimeout(() => socket.write('{"return": {}}\n'), 300);
      });
    });
    const { code, report } = await examination("--timeout", "0.7", listener.path);
    expect(code).toBe(1);
    const late = report.findings.filter(({ seen }) => seen.includes("came in time"));
    expect(late.map(({ id }) => id)).toContain("latency");
  });

  test("what it says is believed only as far as it makes sense, and cannot reach the terminal", async () => {
    await using listener = await answering(({ execute }) => {
      if (execute === "guest-info") {
        return {
          return: { version: `\x1b[2J\u202e${"9".repeat(5000)}`, supported_commands: [7, {}] },
        };
      }
      if (execute === "guest-get-time") return { return: "noon" };
      return { return: [] };
    });
    const { stdout } = await doctor([listener.path]);
    expect(stdout).toContain("\\u{1b}[2J\\u{202e}999");
    expect(stdout).not.toMatch(/[\x1b\u202e]|9{300}/);
    const found = await statuses(listener.path);
    expect(found).toMatchObject({
      version: "ok",
      commands: "info",
      clock: "skipped",
      frozen: "failure",
    });
  });

  test("a guest whose clock is off", async () => {
    await using listener = await answering(({ execute }) => ({
      return: execute === "guest-get-time" ? 1_000_000_000_000_000_000 : {},
    }));
    const { find } = await examination(listener.path);
    expect(find("clock")).toMatchObject({ status: "warning" });
    expect(find("clock").seen).toMatch(/^the guest is \d+ ms behind the host/);
  });

  test("a guest that is frozen", async () => {
    await using listener = await answering(({ execute }) => ({
      return: execute === "guest-fsfreeze-status" ? "frozen" : {},
    }));
    const { code, find } = await examination(listener.path);
    expect(code).toBe(1);
    expect(find("frozen")).toMatchObject({ status: "failure" });
  });
});
