/** Programs whose output is read as it comes: over floods, silence, signals, terminals, limits and hosts that leave. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { runningJobsMax } from "../../src/agent/child-cap.ts";
import { vendorPrefix } from "../../src/commands/registry.ts";
import { readWaitMsMax, streamBytesMax } from "../../src/commands/vendor-exec.ts";
import { Agent, needsAgent, noAgent } from "./agent.ts";
import { type Client, request } from "./client.ts";
import { anonymousKiB, descriptors, isRunning, parentOf, until } from "./proc.ts";

setDefaultTimeout(120_000);

const mebibyte = 1024 * 1024;
const isRoot = process.getuid?.() === 0;

type Reading = {
  readonly "out-data"?: string;
  readonly "err-data"?: string;
  readonly "out-eof": boolean;
  readonly "err-eof": boolean;
  readonly exited: boolean;
  readonly exitcode?: number;
  readonly signal?: number;
  readonly done: boolean;
};

function call(client: Client, name: string, args: object): unknown {
  return client.call(`${vendorPrefix}${name}`, args);
}

function refusal(client: Client, name: string, args: object): string | undefined {
  return client.ask(`${vendorPrefix}${name}`, args).error?.desc;
}

function start(client: Client, path: string, args: object = {}): number {
  return (call(client, "exec-start", { path, ...args }) as { pid: number }).pid;
}

function shell(client: Client, script: string, args: object = {}): number {
  return start(client, "/bin/sh", { arg: ["-c", script], ...args });
}

function read(client: Client, pid: number, max = streamBytesMax): Reading {
  return call(client, "exec-read", { pid, max, wait: readWaitMsMax }) as Reading;
}

function textOf(data: string | undefined): string {
  return data === undefined ? "" : Buffer.from(data, "base64").toString("latin1");
}

/** Reads until what has come is enough. */
function readUntil(client: Client, pid: number, isEnough: (out: string) => boolean): string {
  let out = "";
  while (!isEnough(out)) {
    const reading = read(client, pid);
    out += textOf(reading["out-data"]);
    if (reading.done) throw new Error(`It ended with: ${out}`);
  }
  return out;
}

/** Reads to the end. */
function rest(client: Client, pid: number) {
  let [out, err] = ["", ""];
  for (;;) {
    const { "out-data": outData, "err-data": errData, ...reading } = read(client, pid);
    out += textOf(outData);
    err += textOf(errData);
    if (reading.done) return { out, err, exitcode: reading.exitcode, signal: reading.signal };
  }
}

function isKnown(client: Client, pid: number): boolean {
  return refusal(client, "exec-read", { pid }) !== `PID ${pid} does not exist`;
}

/** What a script's loop waits while it holds: the file is not there yet, and may still come. */
function waitsFor(path: string): string {
  return `while [ ! -e ${path} ] && [ -d ${dirname(path)} ]; do sleep 0.01; done`;
}

function childrenOf(pid: number): number[] {
  return readdirSync("/proc")
    .map(Number)
    .filter((other) => {
      try {
        return parentOf(other) === pid;
      } catch {
        // No process, or one that went meanwhile.
        return false;
      }
    });
}

function end(client: Client, pid: number): void {
  call(client, "exec-signal", { pid, signal: 9 });
  expect(rest(client, pid).signal).toBe(9);
}

describe.skipIf(noAgent)(`programs that are read from as they run${needsAgent}`, () => {
  test("1 GiB arrives whole, and the agent does not grow by it", async () => {
    await using agent = await Agent.start();
    using client = await agent.client();
    const total = 1024 * mebibyte;
    const pattern = Buffer.alloc(streamBytesMax + 2, "y\n");
    const pid = shell(client, `yes | head -c ${total}`);
    let count = 0;
    let largestKiB = 0;
    for (let calls = 0; ; calls++) {
      const { "out-data": data, done } = read(client, pid);
      const bytes = Buffer.from(data ?? "", "base64");
      const from = count % 2;
      if (!bytes.equals(pattern.subarray(from, from + bytes.length))) {
        throw new Error(`Something else than was written comes behind ${count} bytes`);
      }
      count += bytes.length;
      if (calls % 64 === 0) largestKiB = Math.max(largestKiB, anonymousKiB(agent.pid));
      if (done) break;
    }
    expect(count).toBe(total);
    // What it has at rest, one reply of 1 MiB and its base64, and the runtime's garbage.
    expect(largestKiB).toBeLessThan(96 * 1024);
  });

  test("what nobody reads makes the program wait, and nothing is lost", async () => {
    await using agent = await Agent.start();
    using client = await agent.client();
    const total = 3 * mebibyte;
    const [done, errors] = [agent.file("done"), agent.file("errors")];
    const pid = shell(client, `head -c ${total} /dev/zero; echo $? > ${done}; echo e >&2`);
    // Other work goes on.
    for (let index = 0; index < 50; index++) client.call("guest-ping");
    expect([existsSync(done), existsSync(errors)]).toEqual([false, false]);
    const { out, err, exitcode } = rest(client, pid);
    expect([out.length, err, exitcode]).toEqual([total, "e\n", 0]);
  });

  test("a line is there while the program goes on", async () => {
    await using agent = await Agent.start();
    using client = await agent.client();
    const go = agent.file("go");
    const pid = shell(client, `echo one; ${waitsFor(go)}; echo two; exit 7`);
    expect(readUntil(client, pid, (out) => out.endsWith("\n"))).toBe("one\n");
    writeFileSync(go, "");
    expect(rest(client, pid)).toEqual({ out: "two\n", err: "", exitcode: 7, signal: undefined });
    expect(isKnown(client, pid)).toBe(false);
  });

  test("both outputs come, apart or merged, as many bytes at a time as are asked for", async () => {
    await using agent = await Agent.start();
    using client = await agent.client();
    const script = "echo out; echo err >&2; echo more";
    const { out, err } = rest(client, shell(client, script));
    expect([out, err]).toEqual(["out\nmore\n", "err\n"]);
    expect(rest(client, shell(client, script, { merge: true })).out).toBe("out\nerr\nmore\n");
    const flood = "head -c 300000 /dev/zero >&2 & head -c 300000 /dev/zero; wait";
    const pid = shell(client, flood);
    let [outBytes, errBytes] = [0, 0];
    for (let done = false; !done; ) {
      const reading = read(client, pid, 1000);
      const counts = [reading["out-data"], reading["err-data"]].map((data) => textOf(data).length);
      const [outCount = 0, errCount = 0] = counts;
      expect(outCount + errCount).toBeLessThanOrEqual(1000);
      outBytes += outCount;
      errBytes += errCount;
      done = reading.done;
    }
    expect([outBytes, errBytes]).toEqual([300_000, 300_000]);
  });

  test("one that ignores SIGTERM is ended by SIGKILL", async () => {
    await using agent = await Agent.start();
    using client = await agent.client();
    const go = agent.file("go");
    const pid = shell(client, `trap 'echo caught' TERM; echo ready; ${waitsFor(go)}; echo gone`);
    readUntil(client, pid, (out) => out === "ready\n");
    call(client, "exec-signal", { pid, signal: 15, group: false });
    readUntil(client, pid, (out) => out === "caught\n");
    end(client, pid);
    expect(isKnown(client, pid)).toBe(false);
  });

  test("a signal is for the whole group, unless for the program alone", async () => {
    await using agent = await Agent.start();
    using client = await agent.client();
    const script = "sleep 1000 & echo $!; wait";
    const startTwo = () => {
      const pid = shell(client, script);
      return { pid, child: Number(readUntil(client, pid, (out) => out.endsWith("\n"))) };
    };
    const both = startTwo();
    end(client, both.pid);
    await until("the child has ended", () => !isRunning(both.child));
    const one = startTwo();
    call(client, "exec-signal", { pid: one.pid, signal: 9, group: false });
    await until("the program has ended", () => !isRunning(one.pid));
    expect(isRunning(one.child)).toBe(true);
    // Its number is not given to anybody else as long as it may be asked for.
    expect(existsSync(`/proc/${one.pid}`)).toBe(true);
    call(client, "exec-signal", { pid: one.pid, signal: 9 });
    await until("the child has ended", () => !isRunning(one.child));
    expect(rest(client, one.pid).signal).toBe(9);
    expect(refusal(client, "exec-signal", { pid: one.pid, signal: 9 })).toBe(
      `PID ${one.pid} does not exist`,
    );
  });

  test("a background process does not hide the end, and does not die of it", async () => {
    await using agent = await Agent.start();
    using client = await agent.client();
    const before = descriptors(agent.pid).length;
    const [go, late] = [agent.file("go"), agent.file("late")];
    const pid = shell(client, `(${waitsFor(go)}; echo late; echo $? > ${late}) & echo early`);
    expect(rest(client, pid)).toMatchObject({ out: "early\n", exitcode: 0 });
    expect(childrenOf(agent.pid)).toEqual([]);
    writeFileSync(go, "");
    await until("it has written", () => existsSync(late));
    await until("the pipes are closed", () => descriptors(agent.pid).length === before);
  });

  test("one that closes its output is told before it ends", async () => {
    await using agent = await Agent.start();
    using client = await agent.client();
    const go = agent.file("go");
    const pid = shell(client, `exec >&- 2>&-; ${waitsFor(go)}; exit 5`);
    let reading = read(client, pid);
    while (!reading["out-eof"] || !reading["err-eof"]) reading = read(client, pid);
    expect([reading.exited, reading.done]).toEqual([false, false]);
    writeFileSync(go, "");
    expect(rest(client, pid)).toEqual({ out: "", err: "", exitcode: 5, signal: undefined });
  });

  test("input is taken as far as there is room, and ends when it is said to", async () => {
    await using agent = await Agent.start();
    using client = await agent.client();
    const bytes = Buffer.from(Array.from({ length: 3 * mebibyte }, (_, at) => at % 251));
    const pid = start(client, "cat", { stdin: true });
    let given = 0;
    let out = "";
    while (given < bytes.length) {
      const payload = bytes.subarray(given, given + mebibyte).toString("base64");
      const eof = given + mebibyte >= bytes.length;
      const { count } = call(client, "exec-write", { pid, "buf-b64": payload, eof }) as {
        count: number;
      };
      given += count;
      if (count === 0) out += textOf(read(client, pid)["out-data"]);
    }
    const last = rest(client, pid);
    expect(Buffer.from(out + last.out, "latin1").equals(bytes)).toBe(true);
    expect(last.exitcode).toBe(0);
  });

  test("one that never reads its input takes what the pipe holds and no more", async () => {
    await using agent = await Agent.start();
    using client = await agent.client();
    const pid = start(client, "sleep", { arg: ["1000"], stdin: true });
    const payload = Buffer.alloc(2 * mebibyte).toString("base64");
    const write = () => call(client, "exec-write", { pid, "buf-b64": payload, eof: true });
    const { count } = write() as { count: number };
    expect(count).toBeGreaterThan(0);
    expect(count).toBeLessThan(2 * mebibyte);
    expect(write()).toEqual({ count: 0 });
    end(client, pid);
  });

  test("input that nobody takes is refused with the reason", async () => {
    await using agent = await Agent.start();
    using client = await agent.client();
    const write = (pid: number) => refusal(client, "exec-write", { pid, "buf-b64": btoa("x") });
    const none = start(client, "sleep", { arg: ["1000"] });
    expect(write(none)).toBe(`PID ${none} has no standard input, or no more`);
    end(client, none);
    const closed = shell(client, "exec <&-; echo closed; exec sleep 1000", { stdin: true });
    readUntil(client, closed, (out) => out === "closed\n");
    expect(write(closed)).toBe("failed to write to standard input: Broken pipe");
    end(client, closed);
    const over = start(client, "sleep", { arg: ["1000"], stdin: true });
    call(client, "exec-write", { pid: over, "buf-b64": "", eof: true });
    expect(write(over)).toBe(`PID ${over} has no standard input, or no more`);
    end(client, over);
  });

  test("a terminal is the program's own, with its size, and what is typed reaches it", async () => {
    await using agent = await Agent.start();
    using client = await agent.client();
    const before = descriptors(agent.pid).length;
    const script = `trap 'stty size' WINCH; trap 'echo interrupted; exit 4' INT
      tty; stty size; echo $TERM; echo ok >/dev/tty; while :; do sleep 0.01; done`;
    const pid = shell(client, script, { tty: { rows: 40, columns: 100 } });
    const first = readUntil(client, pid, (out) => out.endsWith("ok\r\n"));
    expect(first).toMatch(/^\/dev\/pts\/\d+\r\n40 100\r\nxterm-256color\r\nok\r\n$/);
    call(client, "exec-resize", { pid, rows: 41, columns: 101 });
    expect(readUntil(client, pid, (out) => out.endsWith("\n"))).toBe("41 101\r\n");
    call(client, "exec-write", { pid, "buf-b64": btoa("\x03") });
    const last = rest(client, pid);
    expect(last.out).toContain("interrupted\r\n");
    expect(last.exitcode).toBe(4);
    await until("the terminal is closed", () => descriptors(agent.pid).length === before);
  });

  test("the end of the input is typed into a terminal", async () => {
    await using agent = await Agent.start();
    using client = await agent.client();
    const pid = shell(client, "stty -echo; echo ready; cat", { tty: { rows: 1, columns: 1 } });
    readUntil(client, pid, (out) => out === "ready\r\n");
    call(client, "exec-write", { pid, "buf-b64": btoa("typed\n"), eof: true });
    expect(rest(client, pid)).toMatchObject({ out: "typed\r\n", exitcode: 0 });
  });

  test("a size without a terminal, and one that no terminal has, are refused", async () => {
    await using agent = await Agent.start();
    using client = await agent.client();
    const pid = start(client, "sleep", { arg: ["1000"] });
    const size = { rows: 1, columns: 1 };
    expect(refusal(client, "exec-resize", { pid, ...size })).toBe(`PID ${pid} has no terminal`);
    expect(refusal(client, "exec-start", { path: "id", tty: { rows: 0, columns: 1 } })).toBe(
      "value '0' is invalid for argument rows",
    );
    end(client, pid);
  });

  test("environment and folder are those that are given", async () => {
    await using agent = await Agent.start();
    using client = await agent.client();
    const folder = agent.file("folder");
    mkdirSync(folder);
    const env = ["ONLY=this", "PATH=/usr/bin:/bin"];
    const { out } = rest(
      client,
      start(client, "sh", { arg: ["-c", "env; pwd"], env, cwd: folder }),
    );
    const lines = out.split("\n");
    expect(lines).toContain("ONLY=this");
    expect(lines).not.toContain("QGA_CONF=/nonexistent/conf");
    expect(lines).toContain(folder);
  });

  test.skipIf(!isRoot)(
    "a program of another user has that user's rights and no others",
    async () => {
      await using agent = await Agent.start();
      using client = await agent.client();
      const status = "grep -E '^(Uid|Gid|Groups|SigIgn|SigBlk|CapEff|CapPrm):' /proc/self/status";
      const script = `${status}; echo $HOME $USER $LOGNAME; pwd; ulimit -Sn; ls /proc/self/fd | wc -l`;
      const nobody = { user: "nobody", cwd: "/tmp" };
      const { out, err, exitcode } = rest(client, shell(client, script, nobody));
      expect([err, exitcode]).toEqual(["", 0]);
      const nothing = "0000000000000000";
      expect(out.replaceAll("\t", " ").split("\n")).toEqual([
        "Uid: 65534 65534 65534 65534",
        "Gid: 65534 65534 65534 65534",
        "Groups: 65534 ",
        `SigBlk: ${nothing}`,
        `SigIgn: ${nothing}`,
        `CapPrm: ${nothing}`,
        `CapEff: ${nothing}`,
        "/nonexistent nobody nobody",
        "/tmp",
        "1024",
        // Those of ls: the first three and the folder.
        "4",
        "",
      ]);
      const tty = { rows: 1, columns: 1 };
      const owner = rest(client, shell(client, "stat -c %U $(tty)", { ...nobody, tty }));
      expect(owner.out).toBe("nobody\r\n");
    },
  );

  test.skipIf(!isRoot)("another user's environment does not reach what root runs", async () => {
    await using agent = await Agent.start();
    using client = await agent.client();
    const long = "x".repeat(100_000);
    const env = ["PATH=/bin", "LD_PRELOAD=/nonexistent.so", `LONG=${long}`, "BUN_OPTIONS=--help"];
    const args = {
      arg: ["-c", 'expr length "$LONG"; echo "$BUN_OPTIONS" $#', "sh", long, long],
      env,
    };
    const { out } = rest(client, start(client, "sh", { ...args, user: "nobody" }));
    expect(out).toBe("100000\n--help 2\n");
  });

  test.skipIf(!isRoot)(
    "signals reach a program of another user as its own number says",
    async () => {
      await using agent = await Agent.start();
      using client = await agent.client();
      const pid = shell(client, "echo $$; exec sleep 1000", { user: "nobody" });
      expect(readUntil(client, pid, (out) => out.endsWith("\n"))).toBe(`${pid}\n`);
      end(client, pid);
    },
  );

  test("what cannot be started is told with the reason, and nothing is left of it", async () => {
    await using agent = await Agent.start();
    using client = await agent.client();
    const secret = agent.file("secret");
    mkdirSync(secret);
    chmodSync(secret, 0o700);
    writeFileSync(join(secret, "plain"), "");
    const before = descriptors(agent.pid).sort();
    const failing = (reason: string) =>
      `Failed to execute child process “nothing-here” (${reason})`;
    for (const user of [undefined, ...(isRoot ? ["nobody"] : [])]) {
      const start = (args: object) =>
        refusal(client, "exec-start", { ...args, ...(user && { user }) });
      expect(start({ path: "nothing-here" })).toBe(failing("No such file or directory"));
      expect(start({ path: "id", cwd: "/nothing/here" })).toBe(
        "failed to change to directory '/nothing/here': No such file or directory",
      );
      const plain = join(secret, "plain");
      expect(start({ path: plain })).toBe(
        `Failed to execute child process “${plain}” (Permission denied)`,
      );
    }
    if (isRoot) {
      const args = { path: "id", user: "nobody", cwd: secret };
      expect(refusal(client, "exec-start", args)).toStartWith("failed to change to directory '/");
    }
    expect(refusal(client, "exec-start", { path: "id", user: "no-such-user" })).toBe(
      "user 'no-such-user' does not exist",
    );
    await until("no child is left", () => childrenOf(agent.pid).length === 0);
    expect(descriptors(agent.pid).sort()).toEqual(before);
  });

  test("a hundred at once keep apart", async () => {
    await using agent = await Agent.start();
    using client = await agent.client();
    const before = descriptors(agent.pid).sort();
    const round = () => {
      const pids = Array.from({ length: 100 }, (_, index) =>
        shell(client, `echo ${index}; echo e${index} >&2; exit ${index}`),
      );
      pids.forEach((pid, index) => {
        const { out, err, exitcode } = rest(client, pid);
        expect([out, err, exitcode]).toEqual([`${index}\n`, `e${index}\n`, index]);
      });
    };
    for (let index = 0; index < 3; index++) round();
    expect(childrenOf(agent.pid)).toEqual([]);
    expect(descriptors(agent.pid).sort()).toEqual(before);
  });

  test("the number of programs is bounded, those of guest-exec counted in", async () => {
    await using agent = await Agent.start();
    using client = await agent.client();
    const words = { path: "sleep", arg: ["1000"] };
    const { pid: other } = client.call("guest-exec", words) as { pid: number };
    const pids = Array.from({ length: runningJobsMax - 1 }, () => start(client, "sleep", words));
    const refused = `${runningJobsMax} processes of guest-exec are running already, and no more can be started`;
    expect(refusal(client, "exec-start", words)).toBe(refused);
    expect(client.ask("guest-exec", words).error?.desc).toBe(refused);
    end(client, pids.pop() as number);
    pids.push(start(client, "sleep", words));
    for (const pid of pids) end(client, pid);
    process.kill(other, "SIGKILL");
    expect(childrenOf(agent.pid).filter((pid) => pid !== other)).toEqual([]);
  });

  test("a host that leaves in the middle finds the rest when it comes back", async () => {
    await using agent = await Agent.start();
    const first = await agent.client();
    const total = 3 * mebibyte;
    const pid = shell(first, `head -c ${total} /dev/zero; echo end`);
    const begun = textOf(read(first, pid)["out-data"]).length;
    first.close();
    using second = await agent.client();
    const { out, exitcode } = rest(second, pid);
    expect([begun + out.length, exitcode]).toEqual([total + 4, 0]);
  });

  test("a reading that its host does not wait for takes nothing", async () => {
    await using agent = await Agent.start();
    const go = agent.file("go");
    const first = await agent.client();
    const written = agent.file("written");
    const pid = shell(first, `${waitsFor(go)}; echo kept; echo > ${written}`);
    first.send(request(`${vendorPrefix}exec-read`, { pid, wait: readWaitMsMax }));
    first.close();
    using second = await agent.client();
    writeFileSync(go, "");
    await until("it has written", () => existsSync(written));
    expect(rest(second, pid)).toMatchObject({ out: "kept\n", exitcode: 0 });
  });

  test("a reading that waits gives way to the next request", async () => {
    await using agent = await Agent.start();
    using client = await agent.client();
    const pid = start(client, "cat", { stdin: true });
    const reading = request(`${vendorPrefix}exec-read`, { pid, wait: readWaitMsMax });
    const words = { pid, "buf-b64": btoa("typed"), eof: true };
    client.send(reading + request(`${vendorPrefix}exec-write`, words));
    expect(client.reply().return).toEqual({
      done: false,
      "err-eof": false,
      "out-eof": false,
      exited: false,
    });
    expect(client.reply().return).toEqual({ count: 5 });
    expect(rest(client, pid)).toMatchObject({ out: "typed", exitcode: 0 });
  });

  test("bounds of what may be asked for are told", async () => {
    await using agent = await Agent.start();
    using client = await agent.client();
    const pid = start(client, "sleep", { arg: ["1000"] });
    const invalid = (name: string, value: number) =>
      expect(refusal(client, "exec-read", { pid, [name]: value })).toBe(
        `value '${value}' is invalid for argument ${name}`,
      );
    invalid("max", 0);
    invalid("max", streamBytesMax + 1);
    invalid("wait", -1);
    invalid("wait", readWaitMsMax + 1);
    expect(refusal(client, "exec-signal", { pid, signal: 0 })).toBe(
      "value '0' is invalid for argument signal",
    );
    end(client, pid);
  });

  test("while file systems are frozen programs are read from, and none is started", async () => {
    await using agent = await Agent.start();
    await agent.end("SIGTERM");
    writeFileSync(join(agent.state, "qga.state.isfrozen"), "");
    await agent.launch();
    using client = await agent.client();
    expect(refusal(client, "exec-start", { path: "id" })).toContain("has been disabled");
    expect(refusal(client, "exec-read", { pid: 1 })).toBe("PID 1 does not exist");
    expect(call(client, "capabilities", {})).toMatchObject({ frozen: true });
    expect(call(client, "summary", {})).not.toHaveProperty("failed-units");
    client.close();
    await agent.program[Symbol.asyncDispose]();
  });

  test("a program runs on when the agent ends", async () => {
    await using agent = await Agent.start();
    const client = await agent.client();
    const [go, done] = [agent.file("go"), agent.file("done")];
    const pid = shell(client, `${waitsFor(go)}; echo done > ${done}`);
    client.close();
    expect(await agent.end("SIGTERM")).toEqual({ code: 0, signal: null });
    expect(isRunning(pid)).toBe(true);
    writeFileSync(go, "");
    await until("it is done", () => existsSync(done));
  });
});
