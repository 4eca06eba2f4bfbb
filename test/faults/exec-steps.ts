import type { Client } from "../process/client.ts";
import { until } from "../process/proc.ts";

export interface Status {
  readonly exited: boolean;
  readonly exitcode?: number;
  readonly signal?: number;
  readonly "out-data"?: string;
  readonly "out-truncated"?: boolean;
}

/** Starts a shell script whose output is kept; answers its process id. */
export function shell(client: Client, script: string): number {
  const args = { path: "/bin/sh", arg: ["-c", script], "capture-output": true };
  return (client.call("guest-exec", args) as { pid: number }).pid;
}

export function statusOf(client: Client, pid: number): Status {
  return client.call("guest-exec-status", { pid }) as Status;
}

/** What is told when the program has ended. */
export async function endOf(client: Client, pid: number): Promise<Status> {
  let status: Status | undefined;
  await until("the program told as ended", () => {
    status = statusOf(client, pid);
    return status.exited;
  });
  return status as Status;
}
