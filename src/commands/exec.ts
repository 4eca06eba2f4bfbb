import * as v from "valibot";
import { SysError } from "../../native/errno.ts";
import type { Capture, JobOrder } from "../linux/job.ts";
import type { Output } from "../linux/job-output.ts";
import { validBase64 } from "./argument-checks.ts";
import { command } from "./command.ts";
import type { CommandContext } from "./context.ts";
import { nameOf } from "./evidence.ts";
import { GuestError } from "./guest-error.ts";
import { type Base64, base64, boolOrOneOf, int64, list, str } from "./qapi.ts";
import * as returns from "./returns.ts";

export const guestExec = command({
  name: "guest-exec",
  place: 32,
  since: "2.5",
  doc: "Starts a program and answers its process id at once; guest-exec-status tells how it ended and what it wrote.",
  args: () =>
    v.strictObject({
      path: str(),
      arg: v.exactOptional(list(str())),
      env: v.exactOptional(list(str())),
      "input-data": v.exactOptional(base64()),
      "capture-output": v.exactOptional(
        boolOrOneOf("GuestExecCaptureOutput", ["none", "stdout", "stderr", "separated", "merged"]),
        false,
      ),
    }),
  returns: () => v.object({ pid: returns.int64("the process id") }),
  privilege: "exec",
  guard: { kind: "program", path: "path", args: "arg", env: "env", input: "input-data" },
  whileFrozen: "refused",
  success: "reply",
  mechanism: "posix_spawn(3), setsid(2), pipe(2)",
  audited: ({ path, arg = [], env, "input-data": input, "capture-output": capture }, value) => ({
    arguments: {
      argv: [path, ...arg],
      env: env?.map(nameOf),
      inputBytes: input?.byteCount,
      capture: captureOf(capture),
    },
    result: { pid: value?.pid },
  }),
  run({ path, arg: args = [], env, "input-data": inputData, "capture-output": capture }, context) {
    const asked = { path, args, env, input: decoded(inputData), capture: captureOf(capture) };
    context.audit(`guest-exec called: "${[path, ...args].join(" ")}"`);
    return { pid: start(context, asked) };
  },
});

function decoded(inputData: Base64 | undefined): Uint8Array | null {
  if (inputData === undefined) return null;
  return validBase64(inputData.decode());
}

function captureOf(given: boolean | Capture): Capture {
  if (typeof given === "string") return given;
  return given ? "separated" : "none";
}

/** @throws Denial, GuestError */
function start({ jobs, policy }: CommandContext, order: JobOrder): number {
  try {
    return jobs.start(policy?.narrowProgram(order) ?? order);
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    // GLib's words, typographic quotes included; clients know them. Without descriptors it gives the reason alone.
    const desc =
      error.op === "run"
        ? `Failed to execute child process \u201c${order.path}\u201d (${error.text})`
        : error.text;
    throw new GuestError(desc, { cause: error });
  }
}

export const guestExecStatus = command({
  name: "guest-exec-status",
  place: 31,
  since: "2.5",
  doc: "Tells whether a program has ended, and if so how and with what output; that can be asked once.",
  args: () => v.strictObject({ pid: int64() }),
  returns: () =>
    v.object({
      exited: returns.bool("whether it has ended; nothing else is told before"),
      exitcode: v.exactOptional(returns.int64("what it exited with, if it was not killed")),
      signal: v.exactOptional(returns.int64("the number of the signal that killed it")),
      "out-data": v.exactOptional(returns.base64("its standard output, if captured and any")),
      "err-data": v.exactOptional(returns.base64("its standard error, if captured and any")),
      "out-truncated": v.exactOptional(returns.bool("whether `out-data` lacks what was too much")),
      "err-truncated": v.exactOptional(returns.bool("whether `err-data` lacks what was too much")),
    }),
  privilege: "exec",
  whileFrozen: "refused",
  success: "reply",
  mechanism: "waitid(2)",
  // Hosts ask in a loop until it has ended.
  audited: ({ pid }, value) =>
    value?.exited === false
      ? null
      : { arguments: { pid }, result: { exitcode: value?.exitcode, signal: value?.signal } },
  run({ pid }, context) {
    const result = context.jobs.collect(pid);
    if (result === null) return { exited: false };
    const { exitCode, signal } = result.status;
    const stdout = told(result.stdout);
    const stderr = told(result.stderr);
    return {
      exited: true,
      ...(exitCode !== null && { exitcode: exitCode }),
      ...(signal !== null && { signal }),
      ...(stdout && { "out-data": stdout.bytes }),
      ...(stderr && { "err-data": stderr.bytes }),
      ...(stdout && { "out-truncated": stdout.isTruncated }),
      ...(stderr && { "err-truncated": stderr.isTruncated }),
    };
  },
});

/** An output that stayed empty is not told. */
function told(output: Output | null): Output | null {
  return output === null || output.bytes.length === 0 ? null : output;
}

/** For the registry. */
export const execCommands = [guestExec, guestExecStatus] as const;
