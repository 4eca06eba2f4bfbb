import { uname } from "../../../native/process.ts";
import { AgentError } from "../errors.ts";
import type { BenchedAgent } from "./benched-agent.ts";
import type { AgentDescription, HostDescription } from "./result.ts";

/** What figures of one machine cannot be compared without. Call it before; the load afterwards comes at the end. */
export function describeHost(): Omit<HostDescription, "loadAfter"> {
  // Not imported, for the sake of the agent's start: see LineStream.connect.
  const { cpus, totalmem } = process.getBuiltinModule("node:os");
  const processors = cpus();
  const { release, machine } = uname();
  return {
    cpu: processors[0]?.model ?? "unknown",
    cpuCount: processors.length,
    memoryBytes: totalmem(),
    kernel: release,
    machine,
    loadBefore: loadNow(),
  };
}

export function loadNow(): number {
  return process.getBuiltinModule("node:os").loadavg()[0] ?? Number.NaN;
}

export async function describeAgent(agent: BenchedAgent): Promise<AgentDescription> {
  const { name, socket, version, process } = agent;
  const isLocal = typeof process !== "string";
  return {
    name,
    socket,
    version,
    system: await systemOf(agent),
    transport: transportOf(agent),
    process: isLocal ? { pid: process.pid, name: process.name } : null,
    whyNoProcess: isLocal ? null : process,
  };
}

function transportOf({ process, peer }: BenchedAgent): string {
  const listener = peer === null ? "a process that cannot be seen" : `${peer.name} (${peer.pid})`;
  if (typeof process === "string") return `unix socket of ${listener}`;
  return peer?.pid === process.pid
    ? "unix socket of the agent itself"
    : `unix socket of the agent, opened by ${listener}`;
}

interface OsInfo {
  readonly "pretty-name"?: string;
  readonly "kernel-release"?: string;
  readonly machine?: string;
}

async function systemOf(agent: BenchedAgent): Promise<string | null> {
  try {
    const info = await agent.call<OsInfo>("guest-get-osinfo");
    const words = [info["pretty-name"], info["kernel-release"], info.machine];
    return words.filter((word) => word !== undefined).join(", ");
  } catch (error) {
    if (error instanceof AgentError) return null;
    throw error;
  }
}
