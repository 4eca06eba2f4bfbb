import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { ChildStatus, Reactor } from "../../native/reactor.ts";
import { ReadMemory } from "../../src/linux/read-memory.ts";
import { Stream, type StreamOrder } from "../../src/linux/stream.ts";
import { running } from "../native/running.ts";

const program = [process.execPath, join(import.meta.dirname, "../../src/cli/main.ts")];
const isRoot = process.getuid?.() === 0;
const waitMs = 5_000;
const bytesMax = 1024 * 1024;

interface Seen {
  out: string;
  err: string;
  status: ChildStatus | null;
  pid: number;
}

/** Reads a program to its end; `onOutput` is told all that has come so far. */
async function run(
  order: Partial<StreamOrder>,
  onOutput: (out: string, stream: Stream) => void = () => {},
): Promise<Seen> {
  const seen: Seen = { out: "", err: "", status: null, pid: 0 };
  const memory = new ReadMemory();
  const read = (reactor: Reactor, stream: Stream): void => {
    const { out, err, status, isDone } = stream.read(bytesMax, memory);
    seen.out += Buffer.from(out).toString("latin1");
    seen.err += Buffer.from(err).toString("latin1");
    if (out.length > 0) onOutput(seen.out, stream);
    memory.putBack(out);
    memory.putBack(err);
    if (!isDone) return void stream.whenNews(waitMs, () => read(reactor, stream));
    seen.status = status;
    stream.release("close");
  };
  await running((reactor) => {
    const whole = {
      path: "/bin/sh",
      args: [],
      env: undefined,
      cwd: undefined,
      user: undefined,
      hasInput: false,
      isMerged: false,
      terminal: null,
      ...order,
    };
    const stream = new Stream(reactor, whole, { gone: () => reactor.stop() }, program);
    seen.pid = stream.pid;
    const begin = () => read(reactor, stream);
    if (stream.starting === null) begin();
    else void stream.starting.then(begin);
  });
  return seen;
}

function sh(
  script: string,
  order: Partial<StreamOrder> = {},
  onOutput?: Parameters<typeof run>[1],
) {
  return run({ args: ["-c", script], ...order }, onOutput);
}

test("output, errors and the end are told, and the process is gone after it", async () => {
  const seen = await sh("echo out; echo err >&2; exit 7");
  expect(seen).toMatchObject({
    out: "out\n",
    err: "err\n",
    status: { exitCode: 7, signal: null },
  });
  expect(existsSync(`/proc/${seen.pid}`)).toBe(false);
});

test("a flood comes whole, in both outputs", async () => {
  const flood = "head -c 3000000 /dev/zero; head -c 3000000 /dev/zero >&2";
  const { out, err } = await sh(flood);
  expect([out.length, err.length]).toEqual([3_000_000, 3_000_000]);
});

test("input is answered, and its end ends the program", async () => {
  const { out } = await sh("echo ready; cat; echo over", { hasInput: true }, (out, stream) => {
    if (out === "ready\n") expect(stream.write(Buffer.from("in\n"), true)).toBe(3);
  });
  expect(out).toBe("ready\nin\nover\n");
});

describe("on a terminal", () => {
  const terminal = { rows: 24, columns: 80 };

  test("the program is in charge of it, and its size can change", async () => {
    const script =
      'test -t 0 && test -t 1 && test -t 2 && echo hi >/dev/tty; read line; echo "[$line]"';
    const { out, err, status } = await sh(script, { terminal }, (out, stream) => {
      if (out !== "hi\r\n") return;
      stream.resize({ rows: 25, columns: 81 });
      expect(stream.write(Buffer.from("typed\n"), false)).toBe(6);
    });
    expect([out, err, status?.exitCode]).toEqual(["hi\r\ntyped\r\n[typed]\r\n", "", 0]);
  });

  test("what is typed interrupts", async () => {
    const { status } = await sh("echo ready; exec sleep 1000", { terminal }, (_, stream) => {
      stream.write(Buffer.from("\x03"), false);
    });
    expect(status).toEqual({ exitCode: null, signal: 2 });
  });
});

test.skipIf(!isRoot)("another user's program has its output read all the same", async () => {
  const { out } = await sh("id -un; echo $HOME", { user: "nobody" });
  expect(out).toStartWith("nobody\n/");
});

test("a signal ends the whole group", async () => {
  const { status } = await sh("sleep 1000 & echo ready; wait", {}, (_, stream) =>
    stream.signal(15, true),
  );
  expect(status).toEqual({ exitCode: null, signal: 15 });
});
