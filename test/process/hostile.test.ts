/** What guests may send to hurt their host: it is told in a word, and costs a bounded amount of memory. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import type { Socket } from "node:net";
import { type Answer, infoOf, ScriptedAgent, silence } from "../client/scripted-agent.ts";
import { needsAgent, noAgent } from "./agent.ts";
import { startPiped } from "./piped.ts";
import { peakKiB } from "./proc.ts";

setDefaultTimeout(120_000);

/** An executable of Bun's needs some of it before it does anything. */
const memoryMibMax = 512;
const bytesPerMebibyte = 2 ** 20;
const kibibytesPerMebibyte = 2 ** 10;
const lookMs = 5;

/** Writes the same bytes again and again, as fast as they are taken, until the other side hangs up. */
function flood(socket: Socket, text: string, mebibytesMax: number): void {
  const piece = Buffer.from(text.repeat(Math.ceil(bytesPerMebibyte / text.length)), "latin1");
  let left = mebibytesMax;
  const push = () => {
    while (left-- > 0 && !socket.destroyed && socket.write(piece)) {}
  };
  socket.on("drain", push);
  push();
}

const gigabyte = 1024;

async function attacked(
  args: (socket: string) => readonly string[],
  answer: Answer,
  greet?: (socket: Socket) => void,
) {
  await using agent = await ScriptedAgent.start(answer);
  agent.greet = greet;
  const piped = startPiped(args(agent.socket));
  // Not what wait4(2) tells: that begins with the memory of the process it was started by.
  let memoryKib = 0;
  const looking = setInterval(() => {
    memoryKib = Math.max(memoryKib, peakKiB(piped.process.pid) ?? 0);
  }, lookMs);
  await piped.process.stdin.end();
  const ended = await piped.ended();
  clearInterval(looking);
  expect(memoryKib / kibibytesPerMebibyte).toBeLessThan(memoryMibMax);
  return ended;
}

const call = (socket: string) => ["call", "--timeout", "20", socket, "guest-get-host-name"];

describe.skipIf(noAgent)(`a guest that sends${needsAgent}`, () => {
  test("a gigabyte without a newline", async () => {
    const ended = await attacked(call, (_, socket) => {
      flood(socket, "a", gigabyte);
      return silence;
    });
    expect(ended).toMatchObject({ code: 255, stdout: "" });
    expect(ended.stderr).toMatch(/^guestwire call: A reply of more than \d+ bytes\n$/);
  });

  test("a gigabyte of lines", async () => {
    const ended = await attacked(call, (_, socket) => {
      flood(socket, "[]\n", gigabyte);
      return silence;
    });
    expect(ended).toEqual({
      code: 255,
      stdout: "",
      stderr: "guestwire call: The reply is no JSON object\n",
    });
  });

  test("lines in the place of a handshake, without an end", async () => {
    const { code, stdout } = await attacked(
      (socket) => ["call", "--timeout", "1", socket, "guest-ping"],
      () => silence,
      (socket) => flood(socket, "{}\n", gigabyte * gigabyte),
    );
    expect({ code, stdout }).toEqual({ code: 124, stdout: "" });
  });

  test("JSON that is nested too deeply", async () => {
    const ended = await attacked(call, (_, socket) => {
      socket.write(`{"return": ${"[".repeat(100_000)}${"]".repeat(100_000)}}\n`);
      return silence;
    });
    expect(ended).toMatchObject({ code: 255, stdout: "" });
    expect(ended.stderr.length).toBeLessThan(500);
  });

  test("an error that writes on the terminal", async () => {
    const ended = await attacked(call, (_, socket) => {
      const error = { class: "\u001b[31mRed", desc: "a\u0007b\r\nc\u009b2J" };
      socket.write(`${JSON.stringify({ error })}\n`);
      return silence;
    });
    expect(ended).toEqual({
      code: 1,
      stdout: "",
      stderr: "\\u001b[31mRed: a\\u0007b\\u000d\\u000ac\\u009b2J\n",
    });
  });

  test("a value that writes on the terminal", async () => {
    const ended = await attacked(call, () => "\u001b]0;title\u0007\u009b2J\u202e");
    expect(ended).toEqual({
      code: 0,
      stdout: '"\\u001b]0;title\\u0007\\u009b2J\\u202e"\n',
      stderr: "",
    });
  });

  test("a list of processes without an end", async () => {
    const ended = await attacked(
      (socket) => ["ps", socket],
      ({ execute }) => {
        if (execute === "guest-info") {
          return infoOf([
            ...["start", "read", "write", "signal"].map((name) => `__org.guestwire_exec-${name}`),
          ]);
        }
        if (execute.endsWith("start")) return { pid: 1 };
        if (!execute.endsWith("read")) return {};
        return {
          "out-data": "A".repeat(bytesPerMebibyte),
          "out-eof": false,
          "err-eof": false,
          exited: false,
          done: false,
        };
      },
    );
    expect(ended).toMatchObject({ code: 255, stdout: "" });
    expect(ended.stderr).toMatch(/^guestwire ps: More than \d+ bytes of output\n$/);
  });
});
