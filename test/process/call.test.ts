/** `guestwire call` as a process, against our own agent and against qemu-ga. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { EPOLLIN, poll } from "../../native/reactor.ts";
import { listenUnix } from "../../native/socket.ts";
import { guestwire, lackOf, qemuGa } from "../differential/binaries.ts";
import { Agent, needsAgent, noAgent, type Outcome, run } from "./agent.ts";
import { request } from "./client.ts";
import { Scratch } from "./scratch.ts";

setDefaultTimeout(60_000);

const exit = { done: 0, refused: 1, timeout: 124, usage: 125, transport: 255 };

const replyMsMax = 10_000;

function call(...args: readonly string[]): Promise<Outcome> {
  return run(["call", ...args], { argv0: "guestwire" });
}

function prints(stdout: string): Outcome {
  return { code: exit.done, signal: null, stdout, stderr: "" };
}

function says(code: number, stderr: string): Outcome {
  return { code, signal: null, stdout: "", stderr };
}

for (const binary of [guestwire, qemuGa]) {
  const lack = lackOf(...new Set([guestwire, binary]));
  describe.skipIf(lack !== "")(`call to ${binary.name}${lack}`, () => {
    const start = () => Agent.start([], { path: binary.path });

    test("a command that returns nothing", async () => {
      await using agent = await start();
      expect(await call(agent.socket, "guest-ping")).toEqual(prints("{}\n"));
    });

    test.each(["9223372036854775807", "-9223372036854775808", "9007199254740993", "0", "-1"])(
      "%s comes back with every digit",
      async (digits) => {
        await using agent = await start();
        expect(await call(agent.socket, "guest-sync", `{"id": ${digits}}`)).toEqual(
          prints(`${digits}\n`),
        );
      },
    );

    test("the byte before the reply to guest-sync-delimited is none of it", async () => {
      await using agent = await start();
      expect(await call(agent.socket, "guest-sync-delimited", '{"id": 7}')).toEqual(prints("7\n"));
    });

    test("what it returns is one line of JSON", async () => {
      await using agent = await start();
      const { code, stdout, stderr } = await call(agent.socket, "guest-info");
      expect({ code, stderr }).toEqual({ code: exit.done, stderr: "" });
      expect(stdout.indexOf("\n")).toBe(stdout.length - 1);
      expect(JSON.parse(stdout)).toMatchObject({ version: expect.any(String) });
    });

    test("--pretty indents, and keeps the digits", async () => {
      await using agent = await start();
      const { stdout } = await call("--pretty", agent.socket, "guest-info");
      expect(stdout).toStartWith('{\n  "');
      expect(stdout).toEndWith("\n}\n");
      const id = `{"id": 9223372036854775807}`;
      expect(await call("--pretty", agent.socket, "guest-sync", id)).toEqual(
        prints("9223372036854775807\n"),
      );
    });

    test("a refusal: its class and text are on stderr, nothing on stdout", async () => {
      await using agent = await start();
      expect(await call(agent.socket, "guest-nonsense")).toEqual(
        says(exit.refused, "CommandNotFound: The command guest-nonsense has not been found\n"),
      );
      expect(await call("--raw", agent.socket, "guest-sync")).toEqual(
        says(exit.refused, "GenericError: Parameter 'id' is missing\n"),
      );
      expect(await call(agent.socket, "guest-file-close", '{"handle": 1}')).toEqual(
        says(exit.refused, "GenericError: handle '1' has not been found\n"),
      );
    });

    test("a file is opened, written, read and closed by one call each", async () => {
      await using agent = await start();
      const path = agent.file("data");
      const open = await call(agent.socket, "guest-file-open", `{"path":"${path}","mode":"w+"}`);
      expect(open).toEqual(prints("1000\n"));
      const write = `{"handle":1000,"buf-b64":"${btoa("hello")}"}`;
      const { stdout } = await call(agent.socket, "guest-file-write", write);
      expect(JSON.parse(stdout)).toEqual({ count: 5, eof: false });
      await call(agent.socket, "guest-file-seek", '{"handle":1000,"offset":0,"whence":"set"}');
      const read = await call(agent.socket, "guest-file-read", '{"handle":1000}');
      expect(JSON.parse(read.stdout)).toEqual({ count: 5, "buf-b64": btoa("hello"), eof: true });
      expect(await call(agent.socket, "guest-file-close", '{"handle":1000}')).toEqual(
        prints("{}\n"),
      );
    });

    test.each([
      ["half a request", '{"execute":"guest-info","arguments":{"a":'],
      ["half a string", '{"execute":"guest-pi'],
      ["a number", "12"],
    ])("stale data of an earlier client does no harm: %s", async (_, data) => {
      await using agent = await start();
      const rude = await agent.connect();
      rude.send(data);
      rude.close();
      expect(await call(agent.socket, "guest-ping")).toEqual(prints("{}\n"));
      expect(await call(agent.socket, "guest-sync", '{"id":3}')).toEqual(prints("3\n"));
    });

    test("an agent that serves somebody else does not answer in time", async () => {
      await using agent = await start();
      using _ = await agent.client();
      expect(await call("--timeout", "0.2", agent.socket, "guest-ping")).toEqual(
        says(exit.timeout, "guestwire call: The agent did not answer in time\n"),
      );
    });

    test("many calls at the same time are all answered, or told that the agent is busy", async () => {
      await using agent = await start();
      const ids = Array.from({ length: 8 }, (_, index) => index);
      const outcomes = await Promise.all(
        ids.map((id) => call(agent.socket, "guest-sync", `{"id":${id}}`)),
      );
      for (const [id, outcome] of outcomes.entries()) {
        if (outcome.code === exit.done) expect(outcome).toEqual(prints(`${id}\n`));
        else expect(outcome).toMatchObject({ code: exit.transport, stdout: "" });
      }
      expect(outcomes.some(({ code }) => code === exit.done)).toBe(true);
    });
  });
}

describe.skipIf(noAgent)(`call after an earlier client${needsAgent}`, () => {
  // qemu-ga 7.2 ends when a client leaves with replies unread: its next read fails with ECONNRESET.
  test.each([
    ["noise", '\x00\x01\xfe}}]]"'],
    ["complete requests", request("guest-info").repeat(20)],
  ])("that left its replies unread: %s", async (_, data) => {
    await using agent = await Agent.start();
    const rude = await agent.connect();
    rude.send(data);
    expect(poll(rude.fd, EPOLLIN, replyMsMax)).not.toBe(0);
    rude.close();
    expect(await call(agent.socket, "guest-ping")).toEqual(prints("{}\n"));
    expect(await call(agent.socket, "guest-sync", '{"id":3}')).toEqual(prints("3\n"));
  });
});

describe.skipIf(noAgent)(`call without an agent${needsAgent}`, () => {
  test("nothing is at the path", async () => {
    expect(await call("/nonexistent/socket", "guest-ping")).toEqual(
      says(exit.transport, 'guestwire call: Cannot connect to "/nonexistent/socket": ENOENT\n'),
    );
  });

  test("a file that is no socket, and a folder", async () => {
    using scratch = new Scratch();
    const file = scratch.file("file");
    writeFileSync(file, "");
    for (const path of [file, scratch.path]) {
      const outcome = await call(path, "guest-ping");
      expect(outcome).toMatchObject({ code: exit.transport, stdout: "" });
      expect(outcome.stderr).toStartWith(`guestwire call: Cannot connect to "${path}": E`);
    }
  });

  test("a socket that nobody listens on any more", async () => {
    await using agent = await Agent.start();
    await agent.end("SIGKILL");
    expect(await call(agent.socket, "guest-ping")).toEqual(
      says(exit.transport, `guestwire call: Cannot connect to "${agent.socket}": ECONNREFUSED\n`),
    );
  });

  test("a listener that never says a word", async () => {
    using scratch = new Scratch();
    const path = scratch.file("socket");
    using _ = listenUnix(path, 1);
    expect(await call("--timeout", "0.2", path, "guest-ping")).toEqual(
      says(exit.timeout, "guestwire call: The agent did not answer in time\n"),
    );
  });
});

describe.skipIf(noAgent)(`wrong use of call${needsAgent}`, () => {
  test.each([
    [[], "TARGET and COMMAND are needed"],
    [["/x"], "TARGET and COMMAND are needed"],
    [["/x", "guest-ping", "{}", "more"], '"{}" is no KEY=VALUE and no JSON object alone'],
    [["/x", "guest-sync"], "Parameter 'id' is missing"],
    [["/x", "guest-sync", '{"id": "1"}'], "Invalid parameter type for 'id', expected: integer"],
    [["/x", "guest-sync", "id=one"], "Invalid parameter type for 'id', expected: integer"],
    [["/x", "guest-sync", "id=1", "id=2"], "Invalid parameter type for 'id', expected: integer"],
    [["/x", "guest-sync", "id=1", "ID=2"], "Parameter 'ID' is unexpected"],
    [["/x", "guest-sync", "id:=1", "id=2"], "id:= is given with another id"],
    [["/x", "guest-sync", "id:={"], "id:= is no JSON: "],
    [["-", "guest-ping"], "TARGET is needed, or one of GUESTWIRE_TARGET, QGA_CLIENT_ADDRESS"],
    [["vsock:3", "guest-ping"], "A vsock target is vsock:CID:PORT"],
    [["proxmox:web", "guest-ping"], "Numbers of Proxmox machines"],
    [["/x", "guest-ping", "{"], "ARGUMENTS is no JSON: "],
    [["/x", "guest-ping", ""], "ARGUMENTS is no JSON: "],
    [["/x", "guest-ping", "{} {}"], "ARGUMENTS is no JSON: "],
    [["/x", "guest-ping", "[]"], "ARGUMENTS has to be a JSON object"],
    [["/x", "guest-ping", "1"], "ARGUMENTS has to be a JSON object"],
    [["--timeout", "0", "/x", "guest-ping"], "--timeout takes seconds"],
    [["--timeout", "-1", "/x", "guest-ping"], ""],
    [["--timeout", "soon", "/x", "guest-ping"], "--timeout takes seconds"],
    [["--timeout", "1e99", "/x", "guest-ping"], "--timeout takes seconds"],
    [["--timeout"], ""],
    [["--nonsense", "/x", "guest-ping"], ""],
    [["--pretty=yes", "/x", "guest-ping"], ""],
  ] as const)("%j", async (args, complaint) => {
    const { code, stdout, stderr } = await call(...args);
    expect({ code, stdout }).toEqual({ code: exit.usage, stdout: "" });
    expect(stderr).toStartWith(`guestwire call: ${complaint}`);
    expect(stderr).toContain("\nUsage: guestwire call ");
  });

  test("--help is no wrong use", async () => {
    const { code, stdout, stderr } = await call("--help");
    expect({ code, stderr }).toEqual({ code: exit.done, stderr: "" });
    expect(stdout).toStartWith("Usage: guestwire call ");
  });
});
