import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AgentConnection, AgentError } from "./agent-connection.ts";

const soonMs = 50;

describe("a raw connection to an agent", () => {
  let folder: string;
  let server: Server;
  let agent: AgentConnection;
  /** The agent's end. */
  let peer: Socket;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "guestwire-connection-"));
    const path = join(folder, "agent.sock");
    const connected = Promise.withResolvers<Socket>();
    server = createServer((socket) => connected.resolve(socket));
    const listening = Promise.withResolvers<void>();
    server.listen(path, () => listening.resolve());
    await listening.promise;
    agent = await AgentConnection.connect(path);
    peer = await connected.promise;
    // A client that leaves with data unread resets its peer; that is no failure of these tests.
    peer.on("error", () => undefined);
  });

  afterEach(async () => {
    await agent.close();
    peer.destroy();
    server.close();
    rmSync(folder, { recursive: true });
  });

  const answer = (reply: (request: string) => string | Uint8Array) => {
    peer.on("data", (chunk: Buffer) => peer.write(reply(chunk.toString("latin1"))));
  };

  test("gives lines as they were written, however they come", async () => {
    peer.write("first\nsec");
    expect(await agent.line()).toBe("first");
    peer.write("ond\nthird\n");
    expect(await agent.line()).toBe("second");
    expect(await agent.line()).toBe("third");
  });

  test("gives bytes and keeps the rest", async () => {
    peer.write("abcdef\n");
    expect(await agent.bytes(2)).toBe("ab");
    expect(await agent.line()).toBe("cdef");
  });

  test("calls and gives what is returned", async () => {
    answer((request) => `{"return": ${JSON.stringify(JSON.parse(request))}}\n`);
    expect(await agent.call("guest-sync", { id: 5 })).toEqual({
      execute: "guest-sync",
      arguments: { id: 5 },
    });
  });

  test("throws the agent's error with class and text", async () => {
    answer(() => '{"error": {"class": "CommandNotFound", "desc": "no such thing"}}\n');
    const error = await agent.call("guest-foo").catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(AgentError);
    expect(error).toMatchObject({ errorClass: "CommandNotFound", desc: "no such thing" });
  });

  test("sync drops what came before, the replies to other syncs included", async () => {
    peer.write('stale "reply\n\u00ffnoise');
    answer((request) => {
      const id = /"id":(\d+)/.exec(request)?.[1];
      expect(request.charCodeAt(0)).toBe(0xff);
      return Buffer.from(
        `left over\n\u00ff{"return": 1}\nmore\u00ff{"return": ${id}}\nnext\n`,
        "latin1",
      );
    });
    const dropped = await agent.sync();
    expect(dropped.text).toStartWith('stale "reply\n');
    expect(dropped.text).toContain('{"return": 1}\nmore');
    expect(dropped.text).toHaveLength(dropped.bytes);
    expect(await agent.line()).toBe("next");
  });

  test("takes nothing from the socket until it is asked", async () => {
    // More than a Unix socket holds: the peer's buffer only drains when this end reads.
    const flood = "x".repeat(8 * 1024 * 1024);
    let drained = false;
    const all = Promise.withResolvers<void>();
    peer.write(`${flood}\n`, () => {
      drained = true;
      all.resolve();
    });
    // That nothing happens is no event: this is the time in which an eager reader would have taken it all.
    await Bun.sleep(soonMs);
    expect(drained).toBe(false);
    expect(await agent.line()).toBe(flood);
    await all.promise;
  });

  test("a deadline says what came instead", async () => {
    peer.write("half a li");
    await expect(agent.line(soonMs)).rejects.toThrow(
      `guest agent: only 9 bytes came: "half a li" in ${soonMs} ms`,
    );
    await expect(agent.bytes(100, soonMs)).rejects.toThrow("half a li");
    peer.write("ne\n");
    expect(await agent.line()).toBe("half a line");
  });

  test("a peer that does not read makes sending wait", async () => {
    peer.pause();
    await expect(agent.send("x".repeat(8 * 1024 * 1024), soonMs)).rejects.toThrow(
      `guest agent: not all of 8388608 bytes were taken in ${soonMs} ms`,
    );
  });

  test("the end of the stream is told, after what came before it", async () => {
    peer.end("last\nwords");
    expect(await agent.line()).toBe("last");
    await expect(agent.line()).rejects.toThrow("guest agent: closed by the other end");
  });
});

test("nobody at the path is an error with its errno name", async () => {
  await expect(AgentConnection.connect("/nonexistent/agent.sock", 0)).rejects.toThrow(
    'Cannot connect to guest agent at "/nonexistent/agent.sock": ENOENT',
  );
});
