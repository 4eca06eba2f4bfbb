import * as v from "valibot";
import { SysError } from "../../native/errno.ts";
import type { StreamOrder, StreamReading } from "../linux/stream.ts";
import { NoAnswer } from "../linux/user-program.ts";
import { validBase64, within } from "./argument-checks.ts";
import { command } from "./command.ts";
import type { CommandContext } from "./context.ts";
import { nameOf } from "./evidence.ts";
import { GuestError, worded, wording } from "./guest-error.ts";
import { base64, bool, int64, list, object, str } from "./qapi.ts";
import * as returns from "./returns.ts";
import { arg, option } from "./vendor.ts";

/** Of both outputs together in one reply. */
export const streamBytesMax = 1024 * 1024;

/** How long a reading waits for something to tell. Nothing else is carried out meanwhile but what comes ends it. */
export const readWaitMsMax = 2_000;

/** `ws_row` and `ws_col` have 16 bits (ioctl_tty(2)). */
export const terminalCharsMax = 65_535;

/** The last of the real-time signals (signal(7)). */
const signalMax = 64;

function pidMember() {
  return arg("as exec-start gave it", int64());
}

export const execStart = command({
  name: "__org.guestwire_exec-start",
  place: 1001,
  since: "guestwire 0.2",
  doc: "Starts a program whose output is read as it comes, as another `user` if asked; what is not read makes it wait.",
  args: () =>
    v.strictObject({
      path: arg("the program; a name without a slash is looked for along PATH", str()),
      arg: option("its arguments", list(str())),
      env: option("its whole environment, `NAME=value`; the agent's if not given", list(str())),
      cwd: option("the folder it begins in; the agent's if not given", str()),
      user: option("whose rights, groups, HOME, USER and LOGNAME it has", str()),
      stdin: option("whether it is to be written to; else it reads /dev/null", bool()),
      merge: option("whether standard error goes where standard output goes", bool()),
      tty: option(
        "a terminal of this size instead of both; TERM is xterm-256color unless `env` is given",
        object({ rows: int64(), columns: int64() }),
      ),
    }),
  returns: () => v.object({ pid: returns.int64("the process id, also of its group") }),
  privilege: "exec",
  guard: {
    kind: "program",
    path: "path",
    args: "arg",
    env: "env",
    input: "stdin",
    cwd: "cwd",
    user: "user",
    tty: "tty",
  },
  deniedWith: ["guest-exec"],
  whileFrozen: "refused",
  success: "reply",
  mechanism: "posix_spawn(3), setsid(2), pipe(2), pty(7); setresuid(2) in a process of its own",
  audited: ({ path, arg = [], env, cwd, user, tty }, value) => ({
    arguments: { argv: [path, ...arg], env: env?.map(nameOf), cwd, user, tty: tty !== undefined },
    result: { pid: value?.pid },
  }),
  run({ path, arg: args = [], env, cwd, user, stdin = false, merge = false, tty }, context) {
    const terminal = tty === undefined ? null : sizeOf(tty);
    const order = { path, args, env, cwd, user, terminal, hasInput: stdin, isMerged: merge };
    const whose = user === undefined ? "" : `, user: ${user}`;
    context.audit(`exec-start called: "${[path, ...args].join(" ")}"${whose}`);
    const started = start(order, context);
    if (typeof started === "number") return { pid: started };
    return started.then(
      (pid) => ({ pid }),
      (error: unknown) => {
        throw refusal(order, error);
      },
    );
  },
});

function sizeOf({ rows, columns }: { rows: bigint; columns: bigint }) {
  return {
    rows: within("rows", rows, 1, terminalCharsMax),
    columns: within("columns", columns, 1, terminalCharsMax),
  };
}

/** @throws Denial, GuestError */
function start(order: StreamOrder, { policy, streams }: CommandContext): number | Promise<number> {
  try {
    return streams.start(policy?.narrowStream(order) ?? order);
  } catch (error) {
    throw refusal(order, error);
  }
}

function refusal({ path, cwd, user }: StreamOrder, error: unknown): unknown {
  if (error instanceof NoAnswer) {
    return new GuestError(`failed to become user '${user}': ${error.message}`, { cause: error });
  }
  if (!(error instanceof SysError)) return error;
  const { op, subject, errno, text } = error;
  // As guest-exec words it, so that clients need to know one sentence.
  if (op === "run") {
    return new GuestError(`Failed to execute child process “${path}” (${text})`, { cause: error });
  }
  if (op === "look up user" && errno === 0) {
    return new GuestError(`user '${user}' does not exist`, { cause: error });
  }
  if (subject === cwd) return worded(`failed to change to directory '${cwd}'`, error);
  return subject === user ? worded(`failed to become user '${user}'`, error) : error;
}

export const execRead = command({
  name: "__org.guestwire_exec-read",
  place: 1002,
  since: "guestwire 0.2",
  doc: "What a program has written since the last call, and whether it has ended; waits up to `wait` ms for either. `done` is told once.",
  args: () =>
    v.strictObject({
      pid: pidMember(),
      max: option("bytes of both outputs together, 1 MiB at most and if not given", int64()),
      wait: option("milliseconds to wait for something to tell, 2000 at most", int64()),
    }),
  returns: () =>
    v.object({
      "out-data": v.exactOptional(returns.base64("its standard output, if any")),
      "err-data": v.exactOptional(returns.base64("its standard error, if any")),
      "out-eof": returns.bool("whether standard output is at its end"),
      "err-eof": returns.bool("whether standard error is, or there is none of its own"),
      exited: returns.bool("whether it has ended"),
      exitcode: v.exactOptional(returns.int64("what it exited with, if it was not killed")),
      signal: v.exactOptional(returns.int64("the number of the signal that killed it")),
      done: returns.bool("whether it has ended and all is read; the process id is unknown then"),
    }),
  privilege: "exec",
  deniedWith: ["guest-exec"],
  whileFrozen: "allowed",
  success: "reply",
  mechanism: "read(2), epoll_wait(2), waitid(2)",
  // Hosts ask in a loop until it has ended.
  audited: ({ pid }, value) =>
    value?.done === false
      ? null
      : { arguments: { pid }, result: { exitcode: value?.exitcode, signal: value?.signal } },
  run({ pid, max = BigInt(streamBytesMax), wait = 0n }, context) {
    const bytesMax = within("max", max, 1, streamBytesMax);
    const waitMs = within("wait", wait, 0, readWaitMsMax);
    const reading = context.streams.read(pid, bytesMax, waitMs, context.readMemory);
    return reading instanceof Promise ? reading.then(told) : told(reading);
  },
});

function told({ out, err, outEnded, errEnded, status, isDone }: StreamReading) {
  const { exitCode = null, signal = null } = status ?? {};
  return {
    ...(out.length > 0 && { "out-data": out }),
    ...(err.length > 0 && { "err-data": err }),
    "out-eof": outEnded,
    "err-eof": errEnded,
    exited: status !== null,
    ...(exitCode !== null && { exitcode: exitCode }),
    ...(signal !== null && { signal }),
    done: isDone,
  };
}

export const execWrite = command({
  name: "__org.guestwire_exec-write",
  place: 1003,
  since: "guestwire 0.2",
  doc: "Writes to a program's standard input what it takes at once, maybe nothing; with `eof` the input ends if that was all.",
  args: () =>
    v.strictObject({
      pid: pidMember(),
      "buf-b64": arg("the bytes", base64()),
      eof: option("whether nothing comes after them; typed as Ctrl-D into a terminal", bool()),
    }),
  returns: () => v.object({ count: returns.int64("bytes taken, before base64") }),
  privilege: "exec",
  deniedWith: ["guest-exec"],
  whileFrozen: "refused",
  success: "reply",
  mechanism: "write(2)",
  audited: ({ pid, eof }, value) => ({ arguments: { pid, eof }, result: { count: value?.count } }),
  run({ pid, "buf-b64": payload, eof = false }, context) {
    const stream = context.streams.get(pid);
    const bytes = validBase64(payload.decodeInPlace());
    if (!stream.hasInput) throw new GuestError(`PID ${pid} has no standard input, or no more`);
    return { count: wording("failed to write to standard input", () => stream.write(bytes, eof)) };
  },
});

export const execSignal = command({
  name: "__org.guestwire_exec-signal",
  place: 1004,
  since: "guestwire 0.2",
  doc: "Sends a signal to a program and all of its process group, or with `group` false to it alone.",
  args: () =>
    v.strictObject({
      pid: pidMember(),
      signal: arg("its number, 1 to 64", int64()),
      group: option("whether the whole group gets it: yes if not given", bool()),
    }),
  returns: null,
  privilege: "exec",
  deniedWith: ["guest-exec"],
  whileFrozen: "refused",
  success: "reply",
  mechanism: "kill(2)",
  audited: ({ pid, signal, group }) => ({ arguments: { pid, signal, group } }),
  run({ pid, signal, group = true }, context) {
    const stream = context.streams.get(pid);
    const number = within("signal", signal, 1, signalMax);
    context.audit(`exec-signal called, pid: ${pid}, signal: ${number}`);
    wording("failed to send signal", () => stream.signal(number, group));
  },
});

export const execResize = command({
  name: "__org.guestwire_exec-resize",
  place: 1005,
  since: "guestwire 0.2",
  doc: "Tells a program that was started with `tty` that its terminal has another size.",
  args: () =>
    v.strictObject({
      pid: pidMember(),
      rows: arg("1 to 65535", int64()),
      columns: arg("1 to 65535", int64()),
    }),
  returns: null,
  privilege: "exec",
  deniedWith: ["guest-exec"],
  whileFrozen: "refused",
  success: "reply",
  mechanism: "TIOCSWINSZ",
  // A person pulls at a window.
  audited: ({ pid, rows, columns }, value) =>
    value === undefined ? { arguments: { pid, rows, columns } } : null,
  run({ pid, ...size }, context) {
    const stream = context.streams.get(pid);
    if (!stream.isTerminal) throw new GuestError(`PID ${pid} has no terminal`);
    const wanted = sizeOf(size);
    wording("failed to resize the terminal", () => stream.resize(wanted));
  },
});

/** For the registry. */
export const vendorExecCommands = [execStart, execRead, execWrite, execSignal, execResize] as const;
