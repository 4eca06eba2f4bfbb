/** The agent on a serial line. vsock needs a kernel that has it: test/guest/vsock.test.ts. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";
import { needsAgent, noAgent } from "./agent.ts";
import { request } from "./client.ts";
import { until } from "./proc.ts";
import { needsPty, noPty } from "./pty.ts";
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
