import { expect, test } from "bun:test";
import { errnoOf, SysError } from "../../native/errno.ts";
import type { CommandContext } from "../../src/commands/context.ts";
import { guestExec, guestExecStatus } from "../../src/commands/exec.ts";
import { readArguments } from "../../src/commands/validation.ts";
import type { JobOrder, JobResult } from "../../src/linux/job.ts";
import type { JsonValue } from "../../src/wire/json.ts";

/** What of the agent the commands touch: the orders they give and what they tell the system log. */
class Desk {
  readonly orders: JobOrder[] = [];
  readonly audits: string[] = [];
  failure: Error | null = null;
  result: JobResult | null = null;

  exec(args: Record<string, JsonValue>) {
    return guestExec.run(
      readArguments(guestExec.args(), new Map(Object.entries(args))),
      this.#context(),
    );
  }

  status(result: JobResult | null) {
    this.result = result;
    return guestExecStatus.run({ pid: 7n }, this.#context());
  }

  #context(): CommandContext {
    const jobs: CommandContext["jobs"] = {
      start: (order) => {
        if (this.failure !== null) throw this.failure;
        this.orders.push(order);
        return 7;
      },
      collect: () => this.result,
    };
    const context = { jobs, audit: (text: string) => this.audits.push(text) };
    return context as unknown as CommandContext;
  }
}

test("what the host says is what is ordered", () => {
  const desk = new Desk();
  expect(desk.exec({ path: "p" })).toEqual({ pid: 7 });
  desk.exec({
    path: "p",
    arg: ["a", ""],
    env: [],
    "input-data": "aGk=",
    "capture-output": "merged",
  });
  expect(desk.orders).toEqual([
    { path: "p", args: [], env: undefined, input: null, capture: "none" },
    { path: "p", args: ["a", ""], env: [], input: Buffer.from("hi"), capture: "merged" },
  ] as JobOrder[]);
});

test.each([
  [true, "separated"],
  [false, "none"],
  ["none", "none"],
  ["stdout", "stdout"],
  ["stderr", "stderr"],
  ["separated", "separated"],
  ["merged", "merged"],
] as const)("capture-output %p is %s", (given, capture) => {
  const desk = new Desk();
  desk.exec({ path: "p", "capture-output": given });
  expect(desk.orders[0]?.capture).toBe(capture);
});

test("empty input is input", () => {
  const desk = new Desk();
  desk.exec({ path: "p", "input-data": "" });
  expect(desk.orders[0]?.input).toEqual(new Uint8Array(0));
});

test("the system log has the program and its arguments as qemu-ga writes them, and no input", () => {
  const desk = new Desk();
  desk.exec({ path: "/bin/echo", arg: ["a b", "", 'c"d'], "input-data": "c2VjcmV0" });
  desk.failure = new SysError("run", errnoOf("ENOENT"), "gone");
  expect(() => desk.exec({ path: "gone" })).toThrow();
  // qemu-ga decodes first.
  expect(() => desk.exec({ path: "never", "input-data": "!" })).toThrow(
    "Base64 data contains invalid characters",
  );
  desk.status(null);
  expect(desk.audits).toEqual([
    'guest-exec called: "/bin/echo a b  c"d"',
    'guest-exec called: "gone"',
  ]);
});

test("a failure names the program, one of descriptors only itself", () => {
  const desk = new Desk();
  desk.failure = new SysError("run", errnoOf("EACCES"), "/path/tried");
  expect(() => desk.exec({ path: "asked" })).toThrow(
    "Failed to execute child process \u201casked\u201d (Permission denied)",
  );
  desk.failure = new SysError("create", errnoOf("EMFILE"), "pipe");
  expect(() => desk.exec({ path: "asked" })).toThrow("Too many open files");
  // Our own mistakes are not the host's.
  desk.failure = new TypeError("defect");
  expect(() => desk.exec({ path: "asked" })).toThrow(TypeError);
});

test("a status has what there is to tell and no more", () => {
  const desk = new Desk();
  const exit = { exitCode: 0, signal: null };
  const some = { bytes: new Uint8Array([1]), isTruncated: true };
  const none = { bytes: new Uint8Array(0), isTruncated: false };
  expect(desk.status(null)).toEqual({ exited: false });
  expect(desk.status({ status: exit, stdout: null, stderr: none })).toEqual({
    exited: true,
    exitcode: 0,
  });
  expect(
    desk.status({ status: { exitCode: null, signal: 9 }, stdout: some, stderr: none }),
  ).toEqual({ exited: true, signal: 9, "out-data": some.bytes, "out-truncated": true });
  expect(desk.status({ status: exit, stdout: none, stderr: some })).toEqual({
    exited: true,
    exitcode: 0,
    "err-data": some.bytes,
    "err-truncated": true,
  });
  // Reaped by somebody else: that it has ended is all that is known.
  const unknown = { exitCode: null, signal: null };
  expect(desk.status({ status: unknown, stdout: null, stderr: null })).toEqual({ exited: true });
});
