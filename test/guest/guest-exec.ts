import type { AgentConnection } from "./agent-connection.ts";

/** Whatever has an agent carry out commands. */
export type Caller = Pick<AgentConnection, "call">;

export interface ExecResult {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

const execDeadlineMs = 120_000;
const pollMs = 100;

/** Runs a program in a guest by guest-exec to its end. @throws when it still runs after `deadlineMs` */
export async function guestExec(
  agent: Caller,
  argv: readonly [program: string, ...args: string[]],
  deadlineMs = execDeadlineMs,
): Promise<ExecResult> {
  const pid = await guestStart(agent, argv);
  const deadline = performance.now() + deadlineMs;
  for (;;) {
    const state = (await agent.call("guest-exec-status", { pid })) as ExecState;
    if (state.exited) {
      const status = state.exitcode ?? 128 + (state.signal ?? 0);
      return { status, stdout: plain(state["out-data"]), stderr: plain(state["err-data"]) };
    }
    if (performance.now() > deadline) throw new Error(`In the guest: ${argv.join(" ")} still runs`);
    await Bun.sleep(pollMs);
  }
}

/** Starts a program in a guest by guest-exec; returns its process id. */
export async function guestStart(
  agent: Caller,
  argv: readonly [program: string, ...args: string[]],
): Promise<number> {
  const [path, ...arg] = argv;
  const started = await agent.call("guest-exec", { path, arg, "capture-output": true });
  return (started as { readonly pid: number }).pid;
}

/** Runs a shell script and returns its standard output. @throws when it ends with a status other than 0 */
export async function guestText(agent: Caller, script: string): Promise<string> {
  const { status, stdout, stderr } = await guestExec(agent, ["/bin/sh", "-c", script]);
  if (status !== 0) throw new Error(`In the guest: ${script}: status ${status}, ${stderr}`);
  return stdout;
}

interface ExecState {
  readonly exited: boolean;
  readonly exitcode?: number;
  readonly signal?: number;
  readonly "out-data"?: string;
  readonly "err-data"?: string;
}

function plain(data: string | undefined): string {
  return data === undefined ? "" : Buffer.from(data, "base64").toString();
}
