/** Programs of any agent with guest-exec: input goes along with the start, output comes when all is over. */
import type { AgentClient } from "../agent-client.ts";
import { decodedBase64 } from "../base64.ts";
import { withEnvironment } from "./environment.ts";
import { patienceWith } from "./patience.ts";
import { type GuestProgram, LackError, type Order, type Progress } from "./program.ts";
import { startFailure } from "./start-failure.ts";

/** What an agent has to have. */
export const capturedCommands = ["guest-exec", "guest-exec-status"] as const;

/** What agents keep of each output; the rest is lost. */
export const capturedBytesMax = 16 * 1024 * 1024;

/** Input that is sent with the start. */
export const capturedInputBytesMax = 16 * 1024 * 1024;

const firstPauseMs = 10;
const pauseMsMax = 500;
const pauseGrowth = 1.5;

const nothing = new Uint8Array(0);

/** Where the output was cut off is known when it has come. */
export interface CapturedProgram extends GuestProgram {
  /** Names of outputs that lack what was too much. */
  readonly truncated: readonly string[];
}

/** @throws StartError, LackError, AgentError, TransportError, DeadlineError */
export async function startCaptured(
  client: AgentClient,
  order: Order,
  input: Uint8Array | null,
): Promise<CapturedProgram> {
  const [path, ...arg] = plainArgv(order);
  try {
    const { pid } = await client.call("guest-exec", {
      path,
      arg,
      ...(input !== null && { "input-data": input }),
      "capture-output": true,
    });
    return new Captured(client, Number(pid));
  } catch (error) {
    throw startFailure(error);
  }
}

/**
 * guest-exec knows no folder, but a shell does. Rights are a matter of the guest's own programs, and a terminal cannot be had.
 */
function plainArgv({ argv, env, cwd, user, tty }: Order): readonly [string, ...string[]] {
  if (tty !== null) throw new LackError("--tty needs an agent that can stream");
  if (user !== null) {
    throw new LackError(
      `--user needs an agent that can stream; a program of the guest's may do, as in -- runuser -u ${user} -- ${argv[0]}`,
    );
  }
  const inEnvironment = withEnvironment(argv, env);
  if (cwd === null) return inEnvironment;
  return ["sh", "-c", 'cd -- "$0" && exec "$@"', cwd, ...inEnvironment];
}

class Captured implements CapturedProgram {
  readonly pid: number;
  readonly takesInput = false;
  readonly truncated: string[] = [];
  readonly #client: AgentClient;
  #pauseMs: number;
  /** Its number may belong to another program now. */
  #isDone = false;

  constructor(client: AgentClient, pid: number) {
    this.#client = client;
    this.#pauseMs = Math.max(firstPauseMs, client.costMs);
    this.pid = pid;
  }

  async look(waitMs: number): Promise<Progress> {
    const status = await this.#client.call(
      "guest-exec-status",
      { pid: this.pid },
      patienceWith(this.#client),
    );
    if (!status.exited) {
      await new Promise((resolve) => setTimeout(resolve, Math.min(this.#pauseMs, waitMs)));
      this.#pauseMs = Math.min(this.#pauseMs * pauseGrowth, pauseMsMax);
      return { stdout: nothing, stderr: nothing, ending: null, isDone: false };
    }
    this.#isDone = true;
    if (status["out-truncated"] === true) this.truncated.push("standard output");
    if (status["err-truncated"] === true) this.truncated.push("standard error");
    return {
      stdout: decodedBase64(status["out-data"] ?? ""),
      stderr: decodedBase64(status["err-data"] ?? ""),
      ending: { exitCode: orNull(status.exitcode), signal: orNull(status.signal) },
      isDone: true,
    };
  }

  async write(): Promise<number> {
    throw new LackError("This agent takes no input once a program runs");
  }

  async endInput(): Promise<void> {
    throw new LackError("This agent takes no input once a program runs");
  }

  /** qemu-ga starts programs in its own session: where there is no group of them, they are looked for one by one. */
  async signal(number: number): Promise<void> {
    if (this.#isDone) return;
    const arg = ["-c", killTree, String(number), String(this.pid)];
    await this.#client.call("guest-exec", { path: "sh", arg }, patienceWith(this.#client));
  }

  async resize(): Promise<void> {
    throw new LackError("This agent gives programs no terminal");
  }
}

/** Is called with the number of a signal and a process. Children first, so that none gets another parent meanwhile. */
const killTree = `
all() {
  for child in $(cat /proc/$1/task/*/children 2>/dev/null); do all $child; done
  kill -$signal $1 2>/dev/null
}
signal=$0
kill -$signal -- -$1 2>/dev/null || all $1`;

function orNull(value: bigint | undefined): number | null {
  return value === undefined ? null : Number(value);
}
