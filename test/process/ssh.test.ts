/** Agents of other hosts, through a real sshd that lets nobody run anything. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { readdirSync } from "node:fs";
import { connect } from "../../src/library/index.ts";
import { needs } from "../guest/requirements.ts";
import { mustRunTool } from "../guest/tool.ts";
import { Agent, needsAgent, noAgent } from "./agent.ts";
import { runPiped, startPiped } from "./piped.ts";
import { commandsWith, isRunning, until } from "./proc.ts";
import { hostAlias, missingForSsh, SshServer } from "./ssh-server.ts";

setDefaultTimeout(60_000);

const missing = missingForSsh();
const lack = `${needs(missing)}${needsAgent}`;

describe.skipIf(noAgent || missing.length > 0)(`through ssh${lack}`, () => {
  let server: SshServer;
  let agent: Agent;

  beforeAll(async () => {
    server = await SshServer.start();
    agent = await Agent.start();
  });

  afterAll(async () => {
    await agent?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
  });

  const target = (path = agent.socket, host = hostAlias) => `ssh:${host}:${path}`;
  const guestwire = (...args: readonly string[]) => runPiped(args, "", server.environment);
  /** Folders of tunnels, and processes that were started for one. */
  const leftovers = () => [...readdirSync(server.tunnels), ...commandsWith(`${server.tunnels}/`)];
  const nothingIsLeft = () => until("nothing is left", () => leftovers().length === 0);

  test("a socket is reached, and nothing is left of the way", async () => {
    expect(await guestwire("call", target(), "guest-sync", "id=7")).toEqual({
      code: 0,
      stdout: "7\n",
      stderr: "",
    });
    await nothingIsLeft();
  });

  test("user and port may be said", async () => {
    const user = (await mustRunTool(["id", "-un"])).trim();
    const host = `${user}@127.0.0.1:${server.port}`;
    expect(await guestwire("call", target(agent.socket, host), "guest-ping")).toEqual({
      code: 0,
      stdout: "{}\n",
      stderr: "",
    });
  });

  test("programs run as if they ran here", async () => {
    const argv = ["exec", target(), "--", "sh", "-c", "tr a-z A-Z; echo oops >&2; exit 4"];
    expect(await runPiped(argv, "hello\n", server.environment)).toEqual({
      code: 4,
      stdout: "HELLO\n",
      stderr: "oops\n",
    });
    await nothingIsLeft();
  });

  test("what is wrong is told in ssh's words", async () => {
    const nowhere = agent.file("nowhere");
    expect(await guestwire("call", target(nowhere), "guest-ping")).toMatchObject({
      code: 255,
      stderr: expect.stringMatching(
        new RegExp(
          `^guestwire call: Cannot connect to "${nowhere}" on ${hostAlias}: channel .*open failed`,
        ),
      ),
    });
    const stranger = target(agent.socket, `nobody-here@${hostAlias}`);
    expect(await guestwire("call", stranger, "guest-ping")).toMatchObject({
      code: 255,
      stderr: "guestwire call: ssh: nobody-here@127.0.0.1: Permission denied (publickey).\n",
    });
    const closed = target(agent.socket, "127.0.0.1:1");
    expect(await guestwire("call", closed, "guest-ping")).toMatchObject({
      code: 255,
      stderr: "guestwire call: ssh: connect to host 127.0.0.1 port 1: Connection refused\n",
    });
    await nothingIsLeft();
  });

  test("an ssh that misses the first signal is ended by another", async () => {
    // One in sixty or so did.
    const targets = Array.from({ length: 80 }, (_, index) =>
      target(agent.file(`nowhere-${index}`)),
    );
    const argv = ["call", "--parallel", "4", "--targets", targets.join(), "guest-ping"];
    const { code, stderr } = await guestwire(...argv);
    expect({ code, stderr }).toEqual({ code: 255, stderr: "80 targets: 80 absent\n" });
    await nothingIsLeft();
  });

  test("an ssh that is not there is told", async () => {
    const environment = { PATH: "/nonexistent", TMPDIR: server.tunnels };
    const { code, stderr } = await runPiped(["call", target(), "guest-ping"], "", environment);
    expect(code).toBe(255);
    expect(stderr).toMatch(/^guestwire call: ssh: .*not found\n$/);
  });

  test("many sockets of one host are more than sshd lets log in at a time", async () => {
    const agents = await Promise.all(Array.from({ length: 24 }, () => Agent.start()));
    const gone = target(agent.file("gone"));
    const targets = [...agents.map(({ socket }) => target(socket)), gone];
    const argv = ["exec", "--targets", targets.join(), "--", "echo", "hi"];
    const { code, stdout, stderr } = await guestwire(...argv);
    for (const each of agents) await each[Symbol.asyncDispose]();
    expect(stdout.trimEnd().split("\n").sort()).toEqual(
      agents.map(({ socket }) => `${target(socket)}: hi`).sort(),
    );
    expect(code).toBe(255);
    expect(stderr).toEndWith("25 targets: 24 ok, 1 absent\n");
    await nothingIsLeft();
  });

  test.each(["SIGTERM", "SIGKILL"] as const)("%s to the client leaves no ssh", async (signal) => {
    const script = ["exec", target(), "--", "sh", "-c", "echo $$; exec sleep 1000"];
    const piped = startPiped(script, server.environment);
    const { value } = await piped.process.stdout.getReader().read();
    const pid = Number(Buffer.from(value ?? "").toString());
    expect(isRunning(pid)).toBe(true);
    expect(leftovers().length).toBeGreaterThan(1);
    piped.process.kill(signal);
    await piped.process.exited;
    await nothingIsLeft();
    if (signal === "SIGTERM") expect(isRunning(pid)).toBe(false);
    else process.kill(pid, "SIGKILL");
  });

  test("the library goes the same way", async () => {
    const { PATH, TMPDIR } = process.env;
    Object.assign(process.env, server.environment);
    try {
      using guest = await connect(target());
      expect(await guest.call("guest-sync", { id: 3n })).toBe(3n);
    } finally {
      Object.assign(process.env, { PATH, TMPDIR });
      if (TMPDIR === undefined) delete process.env.TMPDIR;
    }
    await nothingIsLeft();
  });
});
