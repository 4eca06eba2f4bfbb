/** A command that waits for a program, and what hosts and init do meanwhile. The program is one of the test's own. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { Agent, agentPath, needsAgent, noAgent } from "./agent.ts";
import { type Client, request, syncRequest } from "./client.ts";
import { descriptors, until } from "./proc.ts";

setDefaultTimeout(60_000);

/** Says that it has begun, ends when it may, and tells then what it has read. */
const patientProgram = `#!/bin/sh
echo begun > begun
while [ ! -e go ]; do sleep 0.01; done
cat > input.new
mv input.new input
`;

/** Long enough to be left where it was received until it is echoed. */
const longId = "x".repeat(100_000);

class Scene implements AsyncDisposable {
  readonly agent: Agent;

  private constructor(agent: Agent) {
    this.agent = agent;
  }

  static async set(): Promise<Scene> {
    const agent = await Agent.start([], {
      path: "/bin/sh",
      // In the folder of its socket, where the program writes.
      prefix: ["-c", 'cd "$(dirname "$4")" && PATH=$PWD/bin:$PATH exec "$0" "$@"', agentPath],
    });
    const program = agent.file("bin/chpasswd");
    mkdirSync(agent.file("bin"));
    writeFileSync(program, patientProgram);
    chmodSync(program, 0o755);
    return new Scene(agent);
  }

  /** Asks for a password; resolves when the program runs. `behind` follows in the same write. */
  async begin(client: Client, behind = ""): Promise<void> {
    const args = { username: "nobody", password: btoa("secret"), crypted: false };
    const id = longId;
    const line = JSON.stringify({ execute: "guest-set-user-password", arguments: args, id });
    client.send(`${line}\n${behind}`);
    await until("the program runs", () => existsSync(this.agent.file("begun")));
  }

  letGo(): void {
    writeFileSync(this.agent.file("go"), "");
  }

  /** What the program has read, when it has ended. */
  async input(): Promise<string> {
    await until("the program is done", () => existsSync(this.agent.file("input")));
    return readFileSync(this.agent.file("input"), "latin1");
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.letGo();
    return this.agent[Symbol.asyncDispose]();
  }
}

const reply = `{"return": {}, "id": "${longId}"}`;

describe.skipIf(noAgent)(`while a command waits${needsAgent}`, () => {
  test("requests behind it, also those of another read, are answered after it and in order", async () => {
    await using scene = await Scene.set();
    using client = await scene.agent.client();
    await scene.begin(client, request("guest-sync", { id: 1 }));
    const more = Array.from({ length: 2000 }, (_, index) => index + 2);
    client.send(more.map((id) => request("guest-sync", { id })).join(""));
    scene.letGo();
    expect(client.line()).toBe(reply);
    for (const id of [1, ...more]) expect(client.line()).toBe(`{"return": ${id}}`);
  });

  test("a client that resynchronises is answered at once, and nobody hears of what it has given up", async () => {
    await using scene = await Scene.set();
    using client = await scene.agent.client();
    await scene.begin(client, `${request("guest-sync", { id: 1 })}{"execute":"guest-pi`);
    for (const id of [77, 78]) {
      client.send(`\xff${syncRequest(id)}`);
      let line = client.line();
      while (line?.startsWith('{"error"')) line = client.line();
      expect(line).toBe(`\xff{"return": ${id}}`);
    }
    client.send(request("guest-sync", { id: 2 }));
    scene.letGo();
    expect(client.line()).toBe('{"return": 2}');
    expect(await scene.input()).toBe("nobody:secret\n");
  });

  test("the client that comes after one that has left is in sync at once", async () => {
    await using scene = await Scene.set();
    const client = await scene.agent.client();
    await scene.begin(client, request("guest-sync", { id: 1 }));
    client.close();
    using next = await scene.agent.connect();
    next.send(`\xff${syncRequest(77)}`);
    expect(next.line()).toContain("JSON parse error, stray");
    expect(next.line()).toBe('\xff{"return": 77}');
    scene.letGo();
    expect(await scene.input()).toBe("nobody:secret\n");
    next.send(request("guest-sync", { id: 2 }));
    expect(next.line()).toBe('{"return": 2}');
  });

  test("a client that half-closes is answered all it asked for", async () => {
    await using scene = await Scene.set();
    using client = await scene.agent.client();
    await scene.begin(client, request("guest-sync", { id: 1 }));
    client.halfClose();
    scene.letGo();
    expect(client.lines()).toEqual([reply, '{"return": 1}']);
  });

  test("a client that leaves gets nothing, nor does the next one get what was meant for it", async () => {
    await using scene = await Scene.set();
    const open = () => descriptors(scene.agent.pid).filter((each) => !each.startsWith("socket:"));
    const before = open().sort();
    const client = await scene.agent.client();
    await scene.begin(client, request("guest-sync", { id: 1 }));
    client.close();
    using next = await scene.agent.connect();
    next.send(request("guest-sync", { id: 2 }));
    scene.letGo();
    expect(next.line()).toBe('{"return": 2}');
    expect(await scene.input()).toBe("nobody:secret\n");
    await until("the program is seen to have ended", () => open().length === before.length);
    expect(open().sort()).toEqual(before);
  });

  test("SIGTERM ends the agent at once and in silence, and the program does what it was asked to", async () => {
    await using scene = await Scene.set();
    using client = await scene.agent.client();
    await scene.begin(client);
    expect(await scene.agent.end("SIGTERM")).toEqual({ code: 0, signal: null });
    expect(client.line()).toBeNull();
    scene.letGo();
    expect(await scene.input()).toBe("nobody:secret\n");
  });
});
