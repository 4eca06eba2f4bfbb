/** Handles of guest-file-open over disconnects, restarts, crashes, limits and full disks. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import {
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { openFilesMax } from "../../src/agent/file-table.ts";
import { Agent, agentPath, needsAgent, noAgent } from "./agent.ts";
import type { Client } from "./client.ts";
import { descriptors, until } from "./proc.ts";
import { needsSmallDisk, noSmallDisk, SmallDisk } from "./tmpfs.ts";

setDefaultTimeout(60_000);

const commitFailure = {
  error: { class: "GenericError", desc: "failed to commit persistent state to disk" },
};

function open(client: Client, path = "/dev/null", mode = "r"): number {
  return client.call("guest-file-open", { path, mode }) as number;
}

function close(client: Client, handle: number): void {
  expect(client.call("guest-file-close", { handle })).toEqual({});
}

function counter(agent: Agent): number {
  const text = readFileSync(`${agent.state}/qga.state`, "utf8");
  return Number(/^\[global\]\nfd_counter=(\d+)\n/.exec(text)?.[1]);
}

describe.skipIf(noAgent)(`handles${needsAgent}`, () => {
  test("stay over disconnects, with position and unwritten data", async () => {
    await using agent = await Agent.start();
    const path = agent.file("data");
    const first = await agent.client();
    const handle = open(first, path, "w+");
    first.call("guest-file-write", { handle, "buf-b64": btoa("hello world") });
    first.call("guest-file-seek", { handle, offset: 6, whence: "set" });
    first.close();
    using second = await agent.client();
    expect(second.call("guest-file-read", { handle })).toEqual({
      count: 5,
      "buf-b64": btoa("world"),
      eof: true,
    });
    close(second, handle);
    expect(readFileSync(path, "utf8")).toBe("hello world");
  });

  test("unwritten data of a client that has left is not in the file before it is flushed", async () => {
    await using agent = await Agent.start();
    const path = agent.file("data");
    const first = await agent.client();
    const handle = open(first, path, "w");
    first.call("guest-file-write", { handle, "buf-b64": btoa("late") });
    first.close();
    using second = await agent.client();
    expect(readFileSync(path, "utf8")).toBe("");
    second.call("guest-file-flush", { handle });
    expect(readFileSync(path, "utf8")).toBe("late");
  });

  test("begin at 1000 and count up by one", async () => {
    await using agent = await Agent.start();
    using client = await agent.client();
    expect([open(client), open(client), open(client)]).toEqual([1000, 1001, 1002]);
  });

  test("go on without a gap after SIGTERM, and the old ones are unknown", async () => {
    await using agent = await Agent.start();
    const before = await agent.client();
    expect([open(before), open(before)]).toEqual([1000, 1001]);
    before.close();
    expect(await agent.end("SIGTERM")).toEqual({ code: 0, signal: null });
    expect(counter(agent)).toBe(1002);
    await agent.launch();
    using after = await agent.client();
    expect(after.ask("guest-file-read", { handle: 1001 }).error?.desc).toBe(
      "handle '1001' has not been found",
    );
    expect(open(after)).toBe(1002);
  });

  test("are never given out twice, however often the agent is killed", async () => {
    await using agent = await Agent.start();
    const given: number[] = [];
    for (let life = 0; life < 5; life++) {
      const client = await agent.client();
      for (let count = 0; count < 70; count++) given.push(open(client));
      client.close();
      await agent.end("SIGKILL");
      await agent.launch();
    }
    expect(given.toSorted((a, b) => a - b)).toEqual(given);
    expect(new Set(given).size).toBe(given.length);
  });

  test("end at a limit with an error, and all can be closed again", async () => {
    await using agent = await Agent.start();
    using client = await agent.client();
    const opened = descriptors(agent.pid).length;
    const handles: number[] = [];
    for (let count = 0; count < openFilesMax; count++) handles.push(open(client));
    const oneMore = { path: "/dev/null", mode: "r" };
    for (let time = 0; time < 3; time++) {
      expect(client.ask("guest-file-open", oneMore)).toEqual({
        error: {
          class: "GenericError",
          desc: "failed to open file '/dev/null' (mode: 'r'): Too many open files",
        },
      });
    }
    expect(descriptors(agent.pid).length).toBe(opened + openFilesMax);
    for (const handle of handles) close(client, handle);
    expect(descriptors(agent.pid).length).toBe(opened);
    expect(open(client)).toBe(1000 + openFilesMax);
  });

  test("a system limit below the agent's own is an error as well, and clients still get in", async () => {
    const limited = 40;
    await using agent = await Agent.start([], {
      path: "/bin/sh",
      prefix: ["-c", `ulimit -n ${limited} && exec "$0" "$@"`, agentPath],
    });
    using client = await agent.client();
    const handles: number[] = [];
    let desc = "";
    while (desc === "" && handles.length < limited) {
      const { return: handle, error } = client.ask("guest-file-open", { path: "/dev/null" });
      if (error === undefined) handles.push(handle as number);
      else desc = error.desc;
    }
    // Already the state file that reserves numbers may be what finds no descriptor.
    expect([
      "failed to open file '/dev/null' (mode: 'r'): Too many open files",
      commitFailure.error.desc,
    ]).toContain(desc);
    expect(handles.length).toBeGreaterThan(0);
    client.close();
    using next = await agent.client();
    for (const handle of handles) close(next, handle);
    expect(open(next)).toBeGreaterThan(handles.at(-1) as number);
  });

  test("a failed open costs no handle and leaves no descriptor", async () => {
    await using agent = await Agent.start();
    using client = await agent.client();
    const opened = descriptors(agent.pid).length;
    for (let time = 0; time < 100; time++) {
      expect(client.ask("guest-file-open", { path: "/nonexistent/file" }).error?.desc).toBe(
        "failed to open file '/nonexistent/file' (mode: 'r'): No such file or directory",
      );
    }
    expect(descriptors(agent.pid).length).toBe(opened);
    expect(open(client)).toBe(1000);
  });
});

/** Opens until the numbers reserved on disk are used up and one more would have to be written. */
function openUntilRefused(client: Client): { given: number; refusal: unknown } {
  for (let given = 0; given < 1000; given++) {
    const reply = client.ask("guest-file-open", { path: "/dev/null" });
    if (reply.error !== undefined) return { given, refusal: reply };
    close(client, reply.return as number);
  }
  return { given: 1000, refusal: null };
}

describe.skipIf(noAgent)(`the state folder${needsAgent}`, () => {
  test.skipIf(noSmallDisk)(
    `full: opening is refused until there is space${needsSmallDisk}`,
    async () => {
      await using agent = await Agent.start();
      await agent.end("SIGTERM");
      using disk = new SmallDisk(agent.state, 16);
      await agent.launch();
      using client = await agent.client();
      const opened = descriptors(agent.pid).length;
      fill(`${disk.path}/ballast`);
      const { given, refusal } = openUntilRefused(client);
      expect(refusal).toEqual(commitFailure);
      expect(openUntilRefused(client)).toEqual({ given: 0, refusal: commitFailure });
      expect(descriptors(agent.pid).length).toBe(opened);
      expect(agent.program.stderr).toContain("ENOSPC");
      // The counter on disk is the one from before, whole.
      expect(counter(agent)).toBeGreaterThanOrEqual(1000 + given);
      unlinkSync(`${disk.path}/ballast`);
      expect(open(client)).toBe(1000 + given);
      client.close();
      expect(await agent.end("SIGTERM")).toEqual({ code: 0, signal: null });
      expect(counter(agent)).toBe(1000 + given + 1);
    },
  );

  test("vanished: opening is refused until it is back", async () => {
    await using agent = await Agent.start();
    using client = await agent.client();
    const opened = descriptors(agent.pid).length;
    renameSync(agent.state, `${agent.state}-away`);
    const { given, refusal } = openUntilRefused(client);
    expect(refusal).toEqual(commitFailure);
    expect(descriptors(agent.pid).length).toBe(opened);
    expect(agent.program.stderr).toContain("ENOENT");
    renameSync(`${agent.state}-away`, agent.state);
    expect(open(client)).toBe(1000 + given);
  });

  test("vanished at the end: the agent ends well all the same", async () => {
    await using agent = await Agent.start();
    const client = await agent.client();
    open(client);
    client.close();
    renameSync(agent.state, `${agent.state}-away`);
    expect(await agent.end("SIGTERM")).toEqual({ code: 0, signal: null });
    expect(existsSync(agent.socket)).toBe(false);
  });

  test("a file in the place of the new state is overcome", async () => {
    await using agent = await Agent.start();
    using client = await agent.client();
    writeFileSync(`${agent.state}/qga.state.new`, "left by a crash");
    expect(open(client)).toBe(1000);
    await until("the counter written", () => counter(agent) > 1000);
  });

  test("without a readable state the agent does not start", async () => {
    await using agent = await Agent.start();
    await agent.end("SIGTERM");
    unlinkSync(`${agent.state}/qga.state`);
    mkdirSync(`${agent.state}/qga.state`);
    await expect(agent.launch()).rejects.toThrow("failed to load persistent state");
  });
});

/** Writes until the disk is full. */
function fill(path: string): void {
  const page = Buffer.alloc(4096);
  try {
    for (;;) writeFileSync(path, page, { flag: "a" });
  } catch (error) {
    expect((error as NodeJS.ErrnoException).code).toBe("ENOSPC");
  }
}
