import { expect, test } from "bun:test";
import { errnoOf, SysError } from "../../native/errno.ts";
import type { CommandContext } from "../../src/commands/context.ts";
import { execRead, execStart, streamBytesMax } from "../../src/commands/vendor-exec.ts";
import type { StreamOrder, StreamReading } from "../../src/linux/stream.ts";
import { NoAnswer } from "../../src/linux/user-program.ts";
import { ask, askLater } from "./vendor-ask.ts";

type Start = CommandContext["streams"]["start"];

function startingBy(start: Start) {
  const audits: string[] = [];
  const streams = { start } as CommandContext["streams"];
  return { audits, streams, audit: (text: string) => void audits.push(text) };
}

test("what the host says is what is ordered", () => {
  const orders: StreamOrder[] = [];
  const context = startingBy((order) => {
    orders.push(order);
    return 7;
  });
  expect(ask(execStart, { path: "p" }, context)).toEqual({ pid: 7 });
  ask(
    execStart,
    { path: "p", arg: ["a", ""], env: [], cwd: "/c", stdin: true, merge: true },
    context,
  );
  ask(
    execStart,
    {
      path: "p",
      tty: new Map([
        ["rows", 24],
        ["columns", 80],
      ]),
    },
    context,
  );
  const plain: StreamOrder = {
    path: "p",
    args: [],
    env: undefined,
    cwd: undefined,
    user: undefined,
    hasInput: false,
    isMerged: false,
    terminal: null,
  };
  expect(orders).toEqual([
    plain,
    { ...plain, args: ["a", ""], env: [], cwd: "/c", hasInput: true, isMerged: true },
    { ...plain, terminal: { rows: 24, columns: 80 } },
  ]);
  expect(context.audits[1]).toBe('exec-start called: "p a "');
});

test("a program of another user is waited for, and its user is in the system log", async () => {
  const context = startingBy(() => Promise.resolve(9));
  const started = await askLater(execStart, { path: "p", user: "u" }, context);
  expect(started).toEqual({ pid: 9 });
  expect(context.audits).toEqual(['exec-start called: "p", user: u']);
});

const system = (op: string, code: string, subject: string) =>
  new SysError(op, errnoOf(code), subject);
const args = { path: "p", cwd: "/c", user: "u" };

test.each([
  [system("run", "ENOENT", "p"), "Failed to execute child process “p” (No such file or directory)"],
  [system("open", "ENOTDIR", "/c"), "failed to change to directory '/c': Not a directory"],
  [new SysError("look up user", 0, "u"), "user 'u' does not exist"],
  [system("look up user", "EIO", "u"), "failed to become user 'u': Input/output error"],
  [system("become user", "EPERM", "u"), "failed to become user 'u': Operation not permitted"],
  [new NoAnswer("no answer"), "failed to become user 'u': no answer"],
  [system("create", "EMFILE", "pipe"), 'Cannot create "pipe": EMFILE, Too many open files'],
])("%s is told as such, at once or later", async (error, text) => {
  const throwing = startingBy(() => {
    throw error;
  });
  expect(() => ask(execStart, args, throwing)).toThrow(text);
  const rejecting = startingBy(() => Promise.reject(error));
  await expect(askLater(execStart, args, rejecting)).rejects.toThrow(text);
});

test("a reading has what there is to tell and no more", () => {
  const nothing = new Uint8Array(0);
  const told = (reading: Partial<StreamReading>) => {
    const streams = {
      read: (_: bigint, bytesMax: number, waitMs: number) => {
        expect([bytesMax, waitMs]).toEqual([streamBytesMax, 0]);
        return {
          out: nothing,
          err: nothing,
          outEnded: false,
          errEnded: false,
          status: null,
          isDone: false,
          ...reading,
        };
      },
    } as unknown as CommandContext["streams"];
    return ask(execRead, { pid: 7 }, { streams });
  };
  const silent = { "out-eof": false, "err-eof": false, exited: false, done: false };
  expect(told({})).toEqual(silent);
  const bytes = Uint8Array.of(1);
  expect(told({ out: bytes, errEnded: true })).toEqual({
    ...silent,
    "out-data": bytes,
    "err-eof": true,
  });
  const status = { exitCode: 0, signal: null };
  const ended = { outEnded: true, errEnded: true, isDone: true };
  expect(told({ ...ended, err: bytes, status })).toEqual({
    "err-data": bytes,
    "out-eof": true,
    "err-eof": true,
    exited: true,
    exitcode: 0,
    done: true,
  });
  expect(told({ status: { exitCode: null, signal: 9 } })).toEqual({
    ...silent,
    exited: true,
    signal: 9,
  });
});
