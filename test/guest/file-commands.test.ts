import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { createHash, randomBytes } from "node:crypto";
import { type AgentConnection, AgentError } from "./agent-connection.ts";
import { agentUnderTest, missingForAgentTests } from "./agent-under-test.ts";
import { Guest } from "./guest.ts";
import { needs } from "./requirements.ts";

const bootTimeoutMs = 240_000;
setDefaultTimeout(60_000);

const missing = missingForAgentTests();

describe.skipIf(missing.length > 0)(`guest-file-* in a guest${needs(missing)}`, () => {
  let guest: Guest;
  let agent: AgentConnection;

  beforeAll(async () => {
    guest = await Guest.boot({ agent: agentUnderTest });
    agent = await guest.connect();
    await agent.sync();
  }, bootTimeoutMs);

  afterAll(async () => {
    await agent?.close();
    await guest?.[Symbol.asyncDispose]();
  });

  const open = async (path: string, mode?: string) =>
    (await agent.call("guest-file-open", { path, ...(mode !== undefined && { mode }) })) as number;
  const close = (handle: number) => agent.call("guest-file-close", { handle });
  const write = (handle: number, text: string) =>
    agent.call("guest-file-write", { handle, "buf-b64": Buffer.from(text).toString("base64") });
  const read = async (handle: number, count?: number) => {
    const args = { handle, ...(count !== undefined && { count }) };
    const reply = (await agent.call("guest-file-read", args)) as FileRead;
    const text = Buffer.from(reply["buf-b64"], "base64").toString();
    return { count: reply.count, eof: reply.eof, text };
  };
  const errorOf = (call: Promise<unknown>) =>
    call.then(
      (value) => `no error but ${JSON.stringify(value)}`,
      (error: unknown) => (error instanceof AgentError ? error.desc : String(error)),
    );

  test("what is written is in the file after flush, and a new file is the agent's alone", async () => {
    const path = "/tmp/flushed";
    const handle = await open(path, "w");
    expect(await write(handle, "hello")).toEqual({ count: 5, eof: false });
    expect(await guest.text(`stat -c '%s %a' ${path}`)).toBe("0 600\n");
    expect(await agent.call("guest-file-flush", { handle })).toEqual({});
    expect(await guest.text(`cat ${path}`)).toBe("hello");
    expect(await close(handle)).toEqual({});
  });

  test("what is written is in the file after close", async () => {
    const handle = await open("/tmp/closed", "w");
    await write(handle, "closed");
    await close(handle);
    expect(await guest.text("cat /tmp/closed")).toBe("closed");
  });

  test("reading tells the count and the end", async () => {
    await guest.text("printf 0123456789 > /tmp/ten");
    const handle = await open("/tmp/ten");
    expect(await read(handle, 4)).toEqual({ count: 4, eof: false, text: "0123" });
    expect(await read(handle, 6)).toEqual({ count: 6, eof: false, text: "456789" });
    expect(await read(handle)).toEqual({ count: 0, eof: true, text: "" });
    await close(handle);
  });

  test("seek takes numbers and words and tells the position", async () => {
    await guest.text("printf 0123456789 > /tmp/seek");
    const handle = await open("/tmp/seek", "r+");
    const seek = (offset: number, whence: number | string) =>
      agent.call("guest-file-seek", { handle, offset, whence });
    expect(await seek(4, 0)).toEqual({ position: 4, eof: false });
    expect(await read(handle, 2)).toEqual({ count: 2, eof: false, text: "45" });
    expect(await seek(1, "cur")).toEqual({ position: 7, eof: false });
    expect(await seek(-1, "end")).toEqual({ position: 9, eof: false });
    expect(await seek(-3, 2)).toEqual({ position: 7, eof: false });
    expect(await seek(2, "set")).toEqual({ position: 2, eof: false });
    expect(await write(handle, "XY")).toEqual({ count: 2, eof: false });
    expect(await seek(0, 1)).toEqual({ position: 4, eof: false });
    expect(await errorOf(seek(-1, "set"))).toBe("failed to seek file: Invalid argument");
    expect(await errorOf(seek(0, 3))).toBe("invalid whence code 3");
    await close(handle);
    expect(await guest.text("cat /tmp/seek")).toBe("01XY456789");
  });

  test("append adds at the end, w empties the file", async () => {
    await guest.text("printf old > /tmp/append; chmod 600 /tmp/append");
    const appending = await open("/tmp/append", "a");
    await write(appending, "+new");
    await close(appending);
    expect(await guest.text("cat /tmp/append; stat -c ' %a' /tmp/append")).toBe("old+new 600\n");
    await close(await open("/tmp/append", "w"));
    expect(await guest.text("stat -c '%s' /tmp/append")).toBe("0\n");
  });

  test("handles count up over closes and an unknown one is an error", async () => {
    const first = await open("/etc/hostname");
    await close(first);
    const second = await open("/etc/hostname");
    expect(second).toBe(first + 1);
    await close(second);
    for (const use of [close, read, (handle: number) => write(handle, "x")]) {
      expect(await errorOf(use(second))).toBe(`handle '${second}' has not been found`);
    }
  });

  test("handles stay open when the host leaves", async () => {
    const handle = await open("/etc/hostname");
    await agent.close();
    agent = await guest.connect();
    await agent.sync();
    expect(await read(handle)).toMatchObject({ eof: true });
    await close(handle);
  });

  test("what cannot be opened is told with path and mode", async () => {
    expect(await errorOf(open("/nonexistent/x"))).toBe(
      "failed to open file '/nonexistent/x' (mode: 'r'): No such file or directory",
    );
    expect(await errorOf(open("/tmp/x", "rw"))).toBe("invalid file open mode 'rw'");
    expect(await errorOf(open("/tmp", "w"))).toBe(
      "failed to open file '/tmp' (mode: 'w'): Is a directory",
    );
  });

  test("a FIFO without a peer never blocks", async () => {
    await guest.text("mkfifo /tmp/lonely");
    const handle = await open("/tmp/lonely");
    expect(await read(handle)).toEqual({ count: 0, eof: true, text: "" });
    await close(handle);
    expect(await errorOf(open("/tmp/lonely", "w"))).toBe(
      "failed to open file '/tmp/lonely' (mode: 'w'): No such device or address",
    );
    expect(await agent.call("guest-ping")).toEqual({});
  });

  test("a FIFO with a silent writer, and then a full one, never block", async () => {
    await guest.text(
      "mkfifo /tmp/silent; sh -c 'exec 5<>/tmp/silent; sleep 9999' >/dev/null 2>&1 &",
    );
    // The writer is there as soon as the FIFO can be opened for writing without one of our own.
    await guest.text("echo >/tmp/silent; head -n 1 /tmp/silent");
    const reading = await open("/tmp/silent");
    expect(await errorOf(read(reading))).toBe(
      "failed to read file: Resource temporarily unavailable",
    );
    await close(reading);
    const writing = await open("/tmp/silent", "w");
    const pipeBytes = 65536;
    expect(await errorOf(write(writing, "x".repeat(pipeBytes * 2)))).toBe(
      "failed to write to file: Resource temporarily unavailable",
    );
    // Closing writes out what the buffer still holds, which cannot succeed either.
    await errorOf(close(writing));
    expect(await agent.call("guest-ping")).toEqual({});
  });

  test("devices never block", async () => {
    const zero = await open("/dev/zero");
    expect(await read(zero, 5)).toEqual({ count: 5, eof: false, text: "\0".repeat(5) });
    await close(zero);
    const none = await open("/dev/null");
    expect(await read(none, 5)).toEqual({ count: 0, eof: true, text: "" });
    await close(none);
    const terminal = await open("/dev/ttyS0");
    expect(await errorOf(read(terminal))).toBe(
      "failed to read file: Resource temporarily unavailable",
    );
    await close(terminal);
  });

  test("a directory opens and cannot be read", async () => {
    const handle = await open("/etc");
    expect(await errorOf(read(handle))).toBe("failed to read file: Is a directory");
    await close(handle);
  });

  test("8 MiB go in with one request and come back with one", async () => {
    const payload = randomBytes(8 * 1024 * 1024);
    const hash = createHash("sha256").update(payload).digest("hex");
    const handle = await open("/tmp/big", "w+");
    expect(
      await agent.call("guest-file-write", { handle, "buf-b64": payload.toString("base64") }),
    ).toEqual({ count: payload.length, eof: false });
    await agent.call("guest-file-flush", { handle });
    expect(await guest.text("sha256sum < /tmp/big")).toStartWith(hash);
    await agent.call("guest-file-seek", { handle, offset: 0, whence: "set" });
    const reply = (await agent.call("guest-file-read", {
      handle,
      count: payload.length,
    })) as FileRead;
    expect(reply.count).toBe(payload.length);
    expect(createHash("sha256").update(Buffer.from(reply["buf-b64"], "base64")).digest("hex")).toBe(
      hash,
    );
    await close(handle);
    await guest.text("rm /tmp/big");
  });
});

interface FileRead {
  readonly count: number;
  readonly "buf-b64": string;
  readonly eof: boolean;
}
