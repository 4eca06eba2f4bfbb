import { AgentClient, type ClientOptions, replyTimeoutMsDefault } from "../agent-client.ts";
import { underDeadline } from "../deadline.ts";
import { TransportError } from "../errors.ts";
import { LineStream } from "../line-stream.ts";
import { sshLine } from "./ssh.ts";
import { type Target, TargetError } from "./target.ts";
import { domainState, VirshLink } from "./virsh.ts";

/**
 * Reaches the agent of a target, and gets in sync with it where that is ours to do.
 * @throws TransportError, DeadlineError, TargetError for a name that is nothing
 */
export async function connectTo(target: Target, options: ClientOptions = {}): Promise<AgentClient> {
  switch (target.kind) {
    case "unix":
      return AgentClient.over(await LineStream.connect(target.path, options), options);
    case "vsock": {
      const { vsockLine } = await import("./vsock.ts");
      return AgentClient.over(await vsockLine(target, options), options);
    }
    case "ssh":
      return AgentClient.over(await sshLine(target, options), options);
    case "libvirt":
      return new AgentClient(new VirshLink(target), options);
    case "name":
      return connectTo(await whatIsNamed(target.name, options), options);
  }
}

/** A socket in the current folder, else a domain that virsh knows. @throws TargetError, DeadlineError */
export async function whatIsNamed(name: string, options: ClientOptions = {}): Promise<Target> {
  const { statSync } = process.getBuiltinModule("node:fs");
  if (statSync(name, { throwIfNoEntry: false })?.isSocket() === true) {
    return { kind: "unix", path: name };
  }
  const domain = { uri: null, domain: name };
  try {
    await underDeadline(options.timeoutMs ?? replyTimeoutMsDefault, options.signal, (deadline) =>
      domainState(domain, deadline),
    );
  } catch (error) {
    if (!(error instanceof TransportError)) throw error;
    throw new TargetError(
      `"${name}" is no socket here and no domain of libvirt's (${error.message})`,
      { cause: error },
    );
  }
  return { kind: "libvirt", ...domain };
}
