/** What Proxmox VE (qemu-server: QMPClient.pm, QemuServer/Agent.pm, API2/Qemu/Agent.pm) relies on. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { Agent, needsAgent, noAgent } from "../process/agent.ts";
import { type Reply, request, syncRequest } from "../process/client.ts";

setDefaultTimeout(60_000);

/** The reply to a sync and the one to the command, by the marks Proxmox finds them by. */
const twoReplies = /^.*\xff([^\n]+\}\r?\n[^\n]+\})\r?\n(.*)$/s;
const readBytes = 1024 * 1024;
const contentBytesMax = 60 * 1024;
const base64LineLength = 76;

/** What anybody may ask through its API, as far as that only looks. */
const apiCommands = [
  "guest-ping",
  "guest-get-time",
  "guest-info",
  "guest-fsfreeze-status",
  "guest-network-get-interfaces",
  "guest-get-vcpus",
  "guest-get-fsinfo",
  "guest-get-memory-blocks",
  "guest-get-memory-block-info",
  "guest-get-host-name",
  "guest-get-osinfo",
  "guest-get-users",
  "guest-get-timezone",
];

describe.skipIf(noAgent)(`Proxmox${needsAgent}`, () => {
  let agent: Agent;
  let id = process.pid * 10;

  beforeAll(async () => {
    agent = await Agent.start();
  });
  afterAll(() => agent[Symbol.asyncDispose]());

  /** It connects for each command, and sends a sync and the command in one write. */
  const callAs = async (command: string, args?: object): Promise<Reply> => {
    using client = await agent.connect();
    id++;
    client.send(syncRequest(id) + request(command, args));
    let received = "";
    let found: RegExpExecArray | null = null;
    while (found === null) {
      const line = client.line();
      if (line === null) throw new Error(`The agent hung up after ${JSON.stringify(received)}`);
      received += `${line}\n`;
      found = twoReplies.exec(received);
    }
    const [sync = "", reply = ""] = found[1]?.split("\n") ?? [];
    expect(JSON.parse(sync)).toEqual({ return: id });
    expect(found[2]).toBe("");
    client.halfClose();
    expect(client.lines()).toEqual([]);
    return JSON.parse(reply) as Reply;
  };
  const askFor = async (command: string, args?: object): Promise<unknown> => {
    const { return: value, error } = await callAs(command, args);
    expect(error).toBeUndefined();
    return value;
  };

  test.each(apiCommands)("finds the reply of %s", async (command) => {
    const reply = await callAs(command);
    // What a machine does not have, such as blocks of memory, may be an error; an unknown command may not.
    expect(reply.error?.class).not.toBe("CommandNotFound");
  });

  test("finds an error behind the sync's reply", async () => {
    expect(await callAs("guest-no-such-command")).toEqual({
      error: {
        class: "CommandNotFound",
        desc: "The command guest-no-such-command has not been found",
      },
    });
  });

  test("finds its replies after a client that left in the middle of a request", async () => {
    const rude = await agent.client();
    rude.send('{"execute":"guest-ping","arguments":{"text":"');
    rude.close();
    using client = await agent.connect();
    client.send(
      Buffer.concat([Buffer.of(0xff), Buffer.from(syncRequest(7) + request("guest-ping"))]),
    );
    const received = [client.line(), client.line(), client.line()].join("\n");
    expect(twoReplies.exec(`${received}\n`)?.[1]).toBe('{"return": 7}\n{"return": {}}');
  });

  test("is told at once that a shutdown cannot be", async () => {
    const { error } = await callAs("guest-shutdown", { mode: "sideways" });
    expect(error?.desc).toStartWith("mode is invalid");
  });

  test("writes 60 KiB as base64 in lines", async () => {
    const path = agent.file("written");
    const content = randomBytes(contentBytesMax);
    const handle = await askFor("guest-file-open", { path, mode: "wb" });
    const lines = content.toString("base64").match(new RegExp(`.{1,${base64LineLength}}`, "g"));
    const wrapped = `${lines?.join("\n")}\n`;
    expect(await askFor("guest-file-write", { handle, "buf-b64": wrapped })).toEqual({
      count: content.length,
      eof: false,
    });
    await askFor("guest-file-close", { handle });
    expect(readFileSync(path).equals(content)).toBe(true);
  });

  test("reads by the MiB until the end", async () => {
    const path = agent.file("read");
    const content = randomBytes(2.5 * readBytes);
    writeFileSync(path, content);
    const handle = await askFor("guest-file-open", { path });
    expect(await askFor("guest-file-seek", { handle, offset: 0, whence: "set" })).toEqual({
      position: 0,
      eof: false,
    });
    const parts: Buffer[] = [];
    const ends: boolean[] = [];
    while (ends.at(-1) !== true) {
      const read = (await askFor("guest-file-read", { handle, count: readBytes })) as FileRead;
      const part = Buffer.from(read["buf-b64"], "base64");
      expect(part).toHaveLength(read.count);
      parts.push(part);
      ends.push(read.eof);
    }
    await askFor("guest-file-close", { handle });
    expect(ends).toEqual([false, false, true]);
    expect(Buffer.concat(parts).equals(content)).toBe(true);
  });

  test("runs a program with input and gets its output", async () => {
    const input = randomBytes(readBytes - 1);
    const { pid } = (await askFor("guest-exec", {
      path: "cat",
      arg: [],
      "input-data": input.toString("base64"),
      "capture-output": true,
    })) as { pid: number };
    let status: ExecStatus = { exited: false };
    while (!status.exited) status = (await askFor("guest-exec-status", { pid })) as ExecStatus;
    expect(status).toMatchObject({ exited: true, exitcode: 0, "out-truncated": false });
    expect(status).not.toHaveProperty("err-data");
    expect(Buffer.from(status["out-data"] ?? "", "base64").equals(input)).toBe(true);
  });
});

interface FileRead {
  readonly count: number;
  readonly "buf-b64": string;
  readonly eof: boolean;
}

interface ExecStatus {
  readonly exited: boolean;
  readonly "out-data"?: string;
}
