/** The agent on channels that are no unix socket, as far as the machine has them. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";
import { SysError } from "../../native/errno.ts";
import { connectVsock, listenVsock } from "../../native/socket.ts";
import { needsAgent, noAgent, Program, run } from "./agent.ts";
import { Client, request } from "./client.ts";
import { until } from "./proc.ts";
import { needsPty, noPty } from "./pty.ts";
import { Scratch } from "./scratch.ts";
import { SerialAgent } from "./serial-agent.ts";

setDefaultTimeout(60_000);

const mebibyte = 1024 * 1024;

describe.skipIf(noAgent || noPty)(`a serial line${needsPty}${needsAgent}`, () => {
  test("a conversation, byte by byte as it is: no echo, no CR in front of LF", async () => {
    await using agent = await SerialAgent.start();
    const { client } = agent;
    expect(client.sync()).toHaveLength(1);
    client.send('{"execute":"guest-ping","id":"a\\r\\nb"}\r\n\r\n');
    expect(client.line()).toBe('{"return": {}, "id": "a\\r\\nb"}');
    client.send(request("guest-sync", { id: 4711 }));
    expect(client.line()).toBe('{"return": 4711}');
  });

  test("control characters of terminals are bytes like others", async () => {
    await using agent = await SerialAgent.start();
    const { client } = agent;
    client.sync();
    // Interrupt, end of file, quit, stop, start, suspend, erase, kill, and a CR that must not become LF.
    const bytes = [0x03, 0x04, 0x1c, 0x11, 0x13, 0x1a, 0x7f, 0x15, 0x0d];
    for (const byte of bytes) {
      const name = `a${String.fromCharCode(byte)}`;
      client.send(`{"execute":"${name}"}\n`);
      const code = byte.toString(16).toUpperCase().padStart(4, "0");
      const told = byte === 0x0d ? "\\r" : `\\u${code}`;
      const line = client.line();
      if (byte === 0x7f) expect(line).toContain("The command a\\u007F has not been found");
      else expect(line).toContain(`stray '\\"a${told}'`);
      client.sync();
    }
  });

  test("1 MiB is written and read back", async () => {
    await using agent = await SerialAgent.start();
    const { client, scratch } = agent;
    client.sync();
    const path = scratch.file("data");
    const data = Buffer.alloc(mebibyte, "\xff\x00\r\n\x03\x04", "latin1");
    const handle = client.call("guest-file-open", { path, mode: "w+" });
    client.pump(request("guest-file-write", { handle, "buf-b64": data.toString("base64") }));
    expect(client.reply()).toEqual({ return: { count: mebibyte, eof: false } });
    client.call("guest-file-flush", { handle });
    expect(readFileSync(path).equals(data)).toBe(true);
    client.call("guest-file-seek", { handle, offset: 0, whence: "set" });
    expect(client.call("guest-file-read", { handle, count: mebibyte })).toEqual({
      count: mebibyte,
      "buf-b64": data.toString("base64"),
      eof: false,
    });
  });

  test("noise and a 0xFF: in sync again", async () => {
    await using agent = await SerialAgent.start();
    const { client } = agent;
    client.pump(Buffer.from(Array.from({ length: 64 * 1024 }, (_, index) => (index * 7919) % 256)));
    client.sync();
    expect(client.call("guest-ping")).toEqual({});
  });

  test("when the other end hangs up the agent closes the line, stays, and takes SIGTERM", async () => {
    await using agent = await SerialAgent.start();
    const { client, program, pty } = agent;
    client.sync();
    client.close();
    await until("the line closed", () => !pty.isOpenBy(program.pid));
    expect(program.alive).toBe(true);
    program.kill("SIGTERM");
    expect(await program.ended()).toEqual({ code: 0, signal: null });
  });

  test("SIGTERM while somebody is connected", async () => {
    await using agent = await SerialAgent.start();
    agent.client.sync();
    agent.program.kill("SIGTERM");
    expect(await agent.program.ended()).toEqual({ code: 0, signal: null });
  });
});

const loopbackCid = 1;
const anyCid = -1;
const firstPort = 47_110;

/** The error that keeps this machine from listening on `cid`, or null. */
function vsockLack(cid: number): string | null {
  try {
    listenVsock(cid >>> 0, firstPort, 1).close();
    return null;
  } catch (error) {
    if (error instanceof SysError) return error.code;
    throw error;
  }
}

const noLoopback = vsockLack(loopbackCid) !== null;
const needsLoopback = noLoopback ? " (needs the kernel's vsock_loopback)" : "";
const noVsock = vsockLack(anyCid) !== null;
const needsVsock = noVsock ? " (needs the kernel's vsock)" : "";

describe.skipIf(noAgent)(`vsock${needsAgent}`, () => {
  test.skipIf(noLoopback)(`clients are served one after the other${needsLoopback}`, async () => {
    using scratch = new Scratch();
    const port = firstPort + 1;
    const channel = ["-m", "vsock-listen", "-p", `${loopbackCid}:${port}`, "-t", scratch.path];
    await using agent = new Program(channel);
    await until("the socket listened on", () => {
      try {
        connectVsock(loopbackCid, port).close();
        return true;
      } catch {
        // ECONNRESET until it listens.
        return !agent.alive;
      }
    });
    for (let time = 0; time < 3; time++) {
      using client = new Client(connectVsock(loopbackCid, port));
      client.sync();
      expect(client.call("guest-ping")).toEqual({});
    }
    agent.kill("SIGTERM");
    expect(await agent.ended()).toEqual({ code: 0, signal: null });
  });

  test.skipIf(noVsock)(`an address in use is refused${needsVsock}`, async () => {
    using scratch = new Scratch();
    const port = firstPort + 2;
    using _ = listenVsock(anyCid >>> 0, port, 1);
    for (const cid of ["-1", "4294967295"]) {
      const address = `${cid}:${port}`;
      const outcome = await run(["-m", "vsock-listen", "-p", address, "-t", scratch.path]);
      expect(outcome).toMatchObject({ code: 1, stdout: "" });
      expect(outcome.stderr).toContain(
        `critical: error opening channel '${address}': Address already in use\n`,
      );
    }
  });

  test.skipIf(noVsock)(`any address: the agent listens until SIGTERM${needsVsock}`, async () => {
    using scratch = new Scratch();
    const port = firstPort + 3;
    const channel = ["-m", "vsock-listen", "-p", `-1:${port}`, "-t", scratch.path];
    await using agent = new Program(channel);
    await until("the port taken", () => {
      try {
        listenVsock(anyCid >>> 0, port, 1).close();
        return false;
      } catch {
        // EADDRINUSE: the agent has it.
        return true;
      }
    });
    agent.kill("SIGTERM");
    expect(await agent.ended()).toEqual({ code: 0, signal: null });
  });
});
