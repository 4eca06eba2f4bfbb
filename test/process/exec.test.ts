/** Programs started by guest-exec: over disconnects, floods, limits and the end of the agent. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { keptBytesMax, keptResultsMax } from "../../src/agent/job-table.ts";
import { Agent, agentPath, needsAgent, noAgent } from "./agent.ts";
import { type Client, request } from "./client.ts";
import { anonymousKiB, descriptors, isRunning, parentOf, until } from "./proc.ts";

setDefaultTimeout(120_000);

const mebibyteKiB = 1024;

type Status = {
  readonly exited: boolean;
  readonly exitcode?: number;
  readonly signal?: number;
  readonly "out-data"?: string;
  readonly "err-data"?: string;
  readonly "out-truncated"?: boolean;
  readonly "err-truncated"?: boolean;
};

function start(client: Client, path: string, args: object = {}): number {
  const { pid } = client.call("guest-exec", { path, ...args }) as { pid: number };
  return pid;
}

function shell(client: Client, script: string, args: object = {}): number {
  return start(client, "/bin/sh", { arg: ["-c", script], "capture-output": true, ...args });
}

/** What a script's loop waits while it holds: the file is not there yet, and may still come. */
function waitsFor(path: string): string {
  return `[ ! -e ${path} ] && [ -d ${dirname(path)} ]`;
}

/** Asks until the program has ended, as clients do. */
function end(client: Client, pid: number): Status {
  for (;;) {
    const status = client.call("guest-exec-status", { pid }) as Status;
    if (status.exited) return status;
  }
}

function isKnown(client: Client, pid: number): boolean {
  return client.ask("guest-exec-status", { pid }).error?.desc !== `PID ${pid} does not exist`;
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

function stop(pid: number): void {
  process.kill(-pid, "SIGKILL");
}

describe.skipIf(noAgent)(`guest-exec${needsAgent}`, () => {
  test("500 programs leave no descriptor and no child behind", async () => {
    await using agent = await Agent.start();
    using client = await agent.client();
    const round = () => {
      const input = { "input-data": btoa("x".repeat(100_000)) };
      const started = [
        shell(client, "cat", input),
        shell(client, "echo out; echo err >&2", input),
        start(client, "true"),
        shell(client, "kill -9 $$", { "capture-output": "merged" }),
      ];
      for (const pid of started) expect(end(client, pid).exited).toBe(true);
      expect(client.ask("guest-exec", { path: "/nonexistent", ...input }).error).toBeDefined();
    };
    round();
    const before = descriptors(agent.pid).sort();
    for (let index = 0; index < 125; index++) round();
    expect(descriptors(agent.pid).sort()).toEqual(before);
    expect(childrenOf(agent.pid)).toEqual([]);
  });

  test("300 quick programs asked for at once are all run", async () => {
    await using agent = await Agent.start();
    using client = await agent.client();
    const count = 300;
    const words = { path: "echo", arg: ["hi"], "capture-output": true };
    client.send(request("guest-exec", words).repeat(count));
    const pids = Array.from({ length: count }, () => {
      const { return: started, error } = client.reply();
      expect(error).toBeUndefined();
      return (started as { pid: number }).pid;
    });
    for (const pid of pids) expect(end(client, pid)["out-data"]).toBe(btoa("hi\n"));
    expect(childrenOf(agent.pid)).toEqual([]);
  });

  test("what a program writes arrives whole, and its memory is given back", async () => {
    await using agent = await Agent.start();
    using client = await agent.client();
    const bytes = 10_000_000;
    const round = () => {
      const { "out-data": out = "", ...rest } = end(
        client,
        shell(client, `yes | head -c ${bytes}`),
      );
      expect(rest).toEqual({ exited: true, exitcode: 0, "out-truncated": false });
      expect(Buffer.from(out, "base64").equals(Buffer.alloc(bytes, "y\n"))).toBe(true);
    };
    round();
    const restKiB = () => anonymousKiB(agent.pid);
    await until("memory is low again", () => restKiB() < 32 * mebibyteKiB);
    for (let index = 0; index < 10; index++) round();
    await until("memory is low again", () => restKiB() < 32 * mebibyteKiB);
  });

  test("results that nobody asks for stay within their bounds, the newest of them", async () => {
    await using agent = await Agent.start();
    using client = await agent.client();
    const length = 8 * mebibyteKiB * 1024;
    // One after the other, since what programs that still run have written is no result yet.
    const pids: number[] = [];
    for (let index = 0; index < 20; index++) {
      const pid = shell(client, `head -c ${length} /dev/zero`);
      pids.push(pid);
      await until("it has ended", () => !existsSync(`/proc/${pid}`));
    }
    client.call("guest-ping");
    const otherKiBMax = 32 * mebibyteKiB;
    const kiBMax = keptBytesMax / 1024 + otherKiBMax;
    // The allocator takes a moment to hand back what is free.
    await until("memory is within the bounds", () => anonymousKiB(agent.pid) < kiBMax);
    const kept = keptBytesMax / length;
    expect(pids.filter((pid) => isKnown(client, pid))).toEqual(pids.slice(-kept));
  });

  test("of many results that nobody asks for the newest are there", async () => {
    await using agent = await Agent.start();
    using client = await agent.client();
    const more = 10;
    const pids: number[] = [];
    for (let index = 0; index < keptResultsMax + more; index++) {
      pids.push(start(client, "true"));
      await until("it has ended", () => !existsSync(`/proc/${pids.at(-1)}`));
    }
    client.call("guest-ping");
    expect(pids.filter((pid) => !isKnown(client, pid))).toEqual(pids.slice(0, more));
  });

  test("a program that never stops writing keeps nobody from being served", async () => {
    await using agent = await Agent.start();
    using client = await agent.client();
    const pids = [1, 2, 3].map(() => start(client, "yes", { "capture-output": true }));
    for (let index = 0; index < 50; index++) client.call("guest-ping");
    expect(end(client, shell(client, "echo served"))["out-data"]).toBe(btoa("served\n"));
    for (const pid of pids) stop(pid);
    for (const pid of pids) expect(end(client, pid).signal).toBe(9);
  });

  test("a background process that holds the output does not hide the end for ever", async () => {
    await using agent = await Agent.start();
    using client = await agent.client();
    const before = descriptors(agent.pid).length;
    const go = agent.file("go");
    const waits = waitsFor(go);
    const script = `(while ${waits}; do sleep 0.01; done; echo late; echo $? > ${go}) & echo early`;
    const pid = shell(client, script);
    await until("it is told", () => {
      const status = client.call("guest-exec-status", { pid }) as Status;
      if (status.exited) expect(status["out-data"]).toBe(btoa("early\n"));
      return status.exited;
    });
    expect(descriptors(agent.pid).length).toBe(before + 2);
    writeFileSync(go, "");
    await until("the pipes are closed", () => descriptors(agent.pid).length === before);
    // It has not been killed for writing.
    await until("it is done", () => readFileSync(go, "utf8") === "0\n");
  });

  test("a result outlives the client that started the program", async () => {
    await using agent = await Agent.start();
    const first = await agent.client();
    const pid = shell(first, "echo kept");
    first.close();
    using second = await agent.client();
    expect(end(second, pid)["out-data"]).toBe(btoa("kept\n"));
  });

  test("a program runs on when the agent ends", async () => {
    await using agent = await Agent.start();
    const client = await agent.client();
    const go = agent.file("go");
    const waits = waitsFor(go);
    const pid = shell(client, `while ${waits}; do sleep 0.01; done; exec > ${go}; echo done`, {
      "input-data": btoa("x".repeat(1_000_000)),
    });
    client.close();
    expect(await agent.end("SIGTERM")).toEqual({ code: 0, signal: null });
    expect(isRunning(pid)).toBe(true);
    writeFileSync(go, "");
    await until("it is done", () => readFileSync(go, "utf8") === "done\n");
  });

  test("another agent on the same folders knows nothing of the programs of the first", async () => {
    await using agent = await Agent.start();
    const client = await agent.client();
    const pid = start(client, "true");
    client.close();
    await agent.end("SIGTERM");
    await agent.launch();
    using other = await agent.client();
    expect(isKnown(other, pid)).toBe(false);
  });

  test("without descriptors a program is refused, and started once there are some", async () => {
    const limited = 64;
    const prefix = ["-c", `ulimit -n ${limited} && exec "$0" "$@"`];
    await using agent = await Agent.start([], { path: "/bin/sh", prefix: [...prefix, agentPath] });
    using client = await agent.client();
    const pids: number[] = [];
    let refusal: string | undefined;
    while (refusal === undefined) {
      const args = { path: "sleep", arg: ["1000"], "capture-output": true };
      const reply = client.ask("guest-exec", args);
      refusal = reply.error?.desc;
      if (refusal === undefined) pids.push((reply.return as { pid: number }).pid);
    }
    expect(refusal).toBe("Too many open files");
    for (const pid of pids) stop(pid);
    for (const pid of pids) expect(end(client, pid).signal).toBe(9);
    expect(end(client, shell(client, "echo again"))["out-data"]).toBe(btoa("again\n"));
  });
});
