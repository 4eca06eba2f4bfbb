/** A scripted agent that streams: the programs are real, what it does with them is guestwire's own commands. */
import { type ChildProcess, spawn } from "node:child_process";
import { streamedCommands } from "../../src/client/exec/streamed.ts";
import { infoOf, Refusal, type Request, ScriptedAgent } from "./scripted-agent.ts";

interface Running {
  readonly child: ChildProcess;
  out: Buffer;
  err: Buffer;
  outOpen: boolean;
  errOpen: boolean;
  /** What holds its output open is waited for no more. */
  isGivenUp: boolean;
  moved: () => void;
}

const drainMs = 300;

interface Options {
  /** What it takes of input at once. */
  readonly writeBytesMax?: number;
  /** Answers in the place of what it would say. */
  readonly instead?: (request: Request) => unknown;
}

export async function startStreamingAgent(options: Options = {}): Promise<ScriptedAgent> {
  const programs = new Map<number, Running>();
  const killAll = () => {
    for (const { child } of programs.values()) child.kill("SIGKILL");
  };
  return ScriptedAgent.start(async (request) => {
    const answer = options.instead?.(request);
    if (answer !== undefined) return answer;
    const { execute, arguments: args } = request;
    if (execute === "guest-info") return infoOf(streamedCommands);
    const command = execute.replace("__org.guestwire_exec-", "");
    if (command === "start") return start(programs, args);
    const program = programs.get(args.pid as number);
    if (program === undefined) throw new Refusal("no such program");
    switch (command) {
      case "read":
        return read(program, args.wait as number);
      case "write":
        return write(program, args, options.writeBytesMax ?? 65536);
      case "signal":
        process.kill(-(program.child.pid as number), args.signal as number);
        return {};
      default:
        throw new Refusal(`no ${execute}`, "CommandNotFound");
    }
  }, killAll);
}

async function start(programs: Map<number, Running>, args: Request["arguments"]): Promise<unknown> {
  const child = spawn(args.path as string, args.arg as string[], {
    stdio: [args.stdin === true ? "pipe" : "ignore", "pipe", "pipe"],
    detached: true,
  });
  const program: Running = {
    child,
    out: Buffer.alloc(0),
    err: Buffer.alloc(0),
    outOpen: true,
    errOpen: true,
    isGivenUp: false,
    moved: () => {},
  };
  child.stdout?.on("data", (chunk) => {
    program.out = Buffer.concat([program.out, chunk]);
    program.moved();
  });
  child.stderr?.on("data", (chunk) => {
    program.err = Buffer.concat([program.err, chunk]);
    program.moved();
  });
  child.stdout?.on("end", () => {
    program.outOpen = false;
    program.moved();
  });
  child.stderr?.on("end", () => {
    program.errOpen = false;
    program.moved();
  });
  child.stdin?.on("error", () => {});
  child.on("exit", () => {
    program.moved();
    setTimeout(() => {
      program.isGivenUp = true;
    }, drainMs);
  });
  await new Promise<void>((resolve, reject) => {
    child.on("spawn", resolve);
    child.on("error", (error) => {
      const reason = (error as NodeJS.ErrnoException).code === "ENOENT";
      const text = reason ? "No such file or directory" : "Permission denied";
      reject(new Refusal(`Failed to execute child process “${args.path}” (${text})`));
    });
  });
  programs.set(child.pid as number, program);
  return { pid: child.pid };
}

async function read(program: Running, waitMs: number): Promise<unknown> {
  const hasEnded = () => program.child.exitCode !== null || program.child.signalCode !== null;
  if (program.out.length + program.err.length === 0 && !hasEnded() && waitMs > 0) {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, waitMs);
      program.moved = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
  const { out, err, child } = program;
  program.out = Buffer.alloc(0);
  program.err = Buffer.alloc(0);
  const isClosed = !program.outOpen && !program.errOpen;
  const isDone = hasEnded() && (isClosed || program.isGivenUp);
  return {
    ...(out.length > 0 && { "out-data": out.toString("base64") }),
    ...(err.length > 0 && { "err-data": err.toString("base64") }),
    "out-eof": !program.outOpen,
    "err-eof": !program.errOpen,
    exited: hasEnded(),
    ...(child.exitCode !== null && { exitcode: child.exitCode }),
    ...(child.signalCode !== null && { signal: 9 }),
    done: isDone,
  };
}

async function write(
  { child }: Running,
  args: Request["arguments"],
  bytesMax: number,
): Promise<unknown> {
  const bytes = Buffer.from(args["buf-b64"] as string, "base64").subarray(0, bytesMax);
  if (child.stdin === null || child.stdin.destroyed) throw new Refusal("Broken pipe");
  await new Promise((resolve) => child.stdin?.write(bytes, resolve));
  if (args.eof === true) child.stdin.end();
  return { count: bytes.length };
}
