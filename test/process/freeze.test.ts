/** `guestwire freeze` as a process, against scripted agents: whatever happens, the guest is thawed. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync } from "node:fs";
import { Refusal, ScriptedAgent, silence } from "../client/scripted-agent.ts";
import { needsAgent, noAgent } from "./agent.ts";
import { FreezableGuest } from "./freezable-guest.ts";
import { startPiped } from "./piped.ts";
import { pendingSignals, until } from "./proc.ts";
import { Scratch } from "./scratch.ts";

setDefaultTimeout(60_000);

interface Setting extends AsyncDisposable {
  readonly guest: FreezableGuest;
  readonly agent: ScriptedAgent;
  start(args: readonly string[], argv: readonly string[]): ReturnType<typeof startPiped>;
}

async function setting(): Promise<Setting> {
  const guest = new FreezableGuest();
  const agent = await ScriptedAgent.start((request) => guest.answer(request));
  return {
    guest,
    agent,
    start: (args, argv) => startPiped(["freeze", ...args, agent.socket, "--", ...argv]),
    [Symbol.asyncDispose]: () => agent[Symbol.asyncDispose](),
  };
}

const frozenFor = /^guestwire freeze: 2 file systems were frozen for \d+\.\d{3} s\n$/;
const whole = ["status", "freeze", "status", "thaw", "status"];

describe.skipIf(noAgent)(`freeze${needsAgent}`, () => {
  test("runs the command while the guest is frozen, and thaws it then", async () => {
    await using host = await setting();
    using scratch = new Scratch();
    const mark = scratch.file("mark");
    const piped = host.start([], ["sh", "-c", `: >${mark}; read -r line; echo "$line"; exit 3`]);
    await until("it runs", () => existsSync(mark));
    expect(host.guest.frozen).toBe(true);
    piped.process.stdin.write("hello\n");
    await piped.process.stdin.end();
    const { code, stdout, stderr } = await piped.ended();
    expect({ code, stdout, frozen: host.guest.frozen }).toEqual({
      code: 3,
      stdout: "hello\n",
      frozen: false,
    });
    expect(stderr).toMatch(frozenFor);
    expect(host.guest.asked).toEqual(whole);
  });

  test("of chosen mount points", async () => {
    await using host = await setting();
    const args = ["--mount", "/mnt", "--mount", "/nowhere"];
    const { code, stderr } = await host.start(args, ["true"]).ended();
    expect(code).toBe(0);
    expect(stderr).toStartWith("guestwire freeze: only 1 of 2 mount points were frozen\n");
    expect(stderr).toContain("1 file system was frozen for ");
    expect(host.agent.requests[1]?.arguments).toEqual({ mountpoints: ["/mnt", "/nowhere"] });
  });

  test("of nothing does not run the command", async () => {
    await using host = await setting();
    expect(await host.start(["--mount", "/nowhere"], ["echo", "ran"]).ended()).toEqual({
      code: 1,
      stdout: "",
      stderr: "guestwire freeze: the agent found no file system to freeze\n",
    });
  });

  test("--quiet says nothing", async () => {
    await using host = await setting();
    expect(await host.start(["--quiet"], ["true"]).ended()).toEqual({
      code: 0,
      stdout: "",
      stderr: "",
    });
  });

  test.each([
    ["is not there", ["/nonexistent"], 127],
    ["may not be run", ["/etc/passwd"], 126],
    ["is killed", ["sh", "-c", "kill -9 $$"], 137],
  ])("thaws when the command %s", async (_, argv, code) => {
    await using host = await setting();
    expect(await host.start([], argv).ended()).toMatchObject({ code });
    expect(host.guest.asked).toEqual(whole);
  });

  test("thaws when the command takes too long, and kills one that does not end", async () => {
    await using host = await setting();
    const argv = ["sh", "-c", "trap '' TERM; while :; do sleep 0.1; done"];
    expect(await host.start(["--timeout", "0.3"], argv).ended()).toMatchObject({ code: 124 });
    expect(host.guest.asked).toEqual(whole);
  });

  test.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const)("%s is passed on, and the guest thawed", async (signal, code) => {
    await using host = await setting();
    using scratch = new Scratch();
    const mark = scratch.file("mark");
    const piped = host.start([], ["sh", "-c", `: >${mark}; exec sleep 1000`]);
    await until("it runs", () => existsSync(mark));
    piped.process.kill(signal);
    expect(await piped.ended()).toMatchObject({ code });
    expect(host.guest.asked).toEqual(whole);
  });

  test("a signal while it freezes: the command does not run, and the guest is thawed", async () => {
    await using host = await setting();
    const isAsked = Promise.withResolvers<void>();
    const mayAnswer = Promise.withResolvers<void>();
    host.guest.instead = async ({ execute }) => {
      if (execute !== "guest-fsfreeze-freeze") return host.guest.frozen ? "frozen" : "thawed";
      isAsked.resolve();
      await mayAnswer.promise;
      host.guest.frozen = true;
      host.guest.instead = () => undefined;
      return 2;
    };
    const piped = host.start([], ["echo", "ran"]);
    await isAsked.promise;
    piped.process.kill("SIGTERM");
    await until("it has the signal", () => !pendingSignals(piped.process.pid));
    mayAnswer.resolve();
    expect(await piped.ended()).toMatchObject({ code: 143, stdout: "" });
    expect(host.guest.asked).toEqual(whole);
  });
});

describe.skipIf(noAgent)(`the guest is thawed although${needsAgent}`, () => {
  test("nothing is heard of the freezing", async () => {
    await using host = await setting();
    host.guest.instead = ({ execute }) => {
      if (execute !== "guest-fsfreeze-freeze") return undefined;
      host.guest.frozen = true;
      return silence;
    };
    const piped = host.start(["--freeze-timeout", "0.2"], ["echo", "ran"]);
    expect(await piped.ended()).toMatchObject({ code: 124, stdout: "" });
    expect(host.guest.asked).toEqual(whole);
  });

  test("the freezing fails half-way", async () => {
    await using host = await setting();
    host.guest.instead = ({ execute }) => {
      if (execute !== "guest-fsfreeze-freeze") return undefined;
      host.guest.frozen = true;
      throw new Refusal("failed to freeze /: \u001b[2J");
    };
    const { code, stdout, stderr } = await host.start([], ["echo", "ran"]).ended();
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toStartWith("GenericError: failed to freeze /: \\u001b[2J\n");
    expect(host.guest.frozen).toBe(false);
  });

  test("the agent hangs up with the reply to the freezing", async () => {
    await using host = await setting();
    host.guest.instead = ({ execute }) => {
      if (execute !== "guest-fsfreeze-freeze") return undefined;
      host.guest.frozen = true;
      host.agent.hangUp();
      return silence;
    };
    expect(await host.start([], ["echo", "ran"]).ended()).toMatchObject({ code: 255, stdout: "" });
    expect(host.guest.asked).toEqual(whole);
  });

  test("the connection is lost while the command runs", async () => {
    await using host = await setting();
    using scratch = new Scratch();
    const mark = scratch.file("mark");
    const piped = host.start([], ["sh", "-c", `: >${mark}; read -r line`]);
    await until("it runs", () => existsSync(mark));
    host.agent.hangUp();
    await piped.process.stdin.end();
    expect(await piped.ended()).toMatchObject({ code: 1 });
    expect(host.guest.frozen).toBe(false);
  });

  test("thawing fails the first time, or says what is not so", async () => {
    await using host = await setting();
    let tries = 0;
    host.guest.instead = ({ execute }) => {
      if (execute !== "guest-fsfreeze-thaw" || ++tries > 2) return undefined;
      if (tries === 1) throw new Refusal("not yet");
      return 2;
    };
    expect(await host.start([], ["true"]).ended()).toMatchObject({ code: 0 });
    expect(host.guest.frozen).toBe(false);
    expect(tries).toBe(3);
  });

  test("nobody reads what is said", async () => {
    await using host = await setting();
    const piped = host.start([], ["true"]);
    await piped.process.stderr.cancel();
    expect(await piped.process.exited).toBe(0);
    expect(host.guest.frozen).toBe(false);
  });
});

describe.skipIf(noAgent)(`freeze leaves alone${needsAgent}`, () => {
  test("what somebody else has frozen", async () => {
    await using host = await setting();
    host.guest.frozen = true;
    expect(await host.start([], ["echo", "ran"]).ended()).toEqual({
      code: 1,
      stdout: "",
      stderr: "guestwire freeze: The guest's file systems are frozen by somebody else\n",
    });
    expect(host.guest.asked).toEqual(["status"]);
  });

  test("and tells what somebody else has thawed: the command's success is none", async () => {
    await using host = await setting();
    using scratch = new Scratch();
    const mark = scratch.file("mark");
    const piped = host.start([], ["sh", "-c", `: >${mark}; read -r line; exit 0`]);
    await until("it runs", () => existsSync(mark));
    host.guest.frozen = false;
    await piped.process.stdin.end();
    expect(await piped.ended()).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("thawed by somebody else"),
    });
  });
});

test.skipIf(noAgent)(`a guest that cannot be thawed is told in the end${needsAgent}`, async () => {
  await using host = await setting();
  host.guest.instead = ({ execute }) => {
    if (execute === "guest-fsfreeze-thaw") throw new Refusal("never");
    return undefined;
  };
  const { code, stderr } = await host.start(["--thaw-timeout", "0.5"], ["true"]).ended();
  expect(code).toBe(255);
  expect(stderr).toBe(
    "guestwire freeze: The guest's file systems may still be frozen, thawing fails: never\n",
  );
});

describe.skipIf(noAgent)(`wrong use of freeze${needsAgent}`, () => {
  test.each([
    [["/x"], "-- and a COMMAND behind it are needed"],
    [["/x", "y", "--", "z"], "Too many arguments before --: y"],
    [["--thaw-timeout", "0", "/x", "--", "z"], "--thaw-timeout takes seconds"],
  ] as const)("%j", async (args, complaint) => {
    const { code, stdout, stderr } = await startPiped(["freeze", ...args]).ended();
    expect({ code, stdout }).toEqual({ code: 125, stdout: "" });
    expect(stderr).toStartWith(`guestwire freeze: ${complaint}`);
  });
});
