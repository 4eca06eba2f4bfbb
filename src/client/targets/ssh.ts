import type { ClientOptions } from "../agent-client.ts";
import { underDeadline } from "../deadline.ts";
import { AbsentError, HangUpError } from "../errors.ts";
import type { Line } from "../line.ts";
import { LineStream } from "../line-stream.ts";
import { Gate } from "./gate.ts";
import { type SshTarget, SshTunnel } from "./ssh-tunnel.ts";

/** sshd drops some of those that are not logged in yet when there are ten; MaxStartups of sshd_config(5). */
const loginsOfOneHostMax = 8;

/** It takes more exchanges than a reply, with a host that may be far away, and maybe over others. */
const loginMsMax = 20_000;

const connectAgainMs = 10;

const gates = new Map<string, Gate>();

/**
 * Reaches a socket on another host.
 * @throws AbsentError in ssh's words; DeadlineError
 */
export async function sshLine(target: SshTarget, options: ClientOptions): Promise<Line> {
  const login = async (deadline: AbortSignal) => {
    const tunnel = await SshTunnel.open(target, deadline);
    try {
      return new SshLine(target, tunnel, await connected(tunnel.socket, options, deadline));
    } catch (error) {
      tunnel.close();
      throw error;
    }
  };
  // Waiting for others is no time of this one's.
  return gateOf(target).through(() => underDeadline(loginMsMax, options.signal, login));
}

/** Between bind(2) and listen(2) a socket is there, and refuses. */
async function connected(
  path: string,
  options: ClientOptions,
  deadline: AbortSignal,
): Promise<LineStream> {
  for (;;) {
    try {
      return await LineStream.connect(path, options);
    } catch (error) {
      if (!(error instanceof AbsentError) || deadline.aborted) throw error;
      await new Promise((resolve) => setTimeout(resolve, connectAgainMs));
    }
  }
}

function gateOf({ host, port }: SshTarget): Gate {
  const key = `${host}:${port}`;
  const gate = gates.get(key) ?? new Gate(loginsOfOneHostMax);
  gates.set(key, gate);
  return gate;
}

class SshLine implements Line {
  readonly #target: SshTarget;
  readonly #tunnel: SshTunnel;
  readonly #line: LineStream;
  #hasAnswered = false;

  constructor(target: SshTarget, tunnel: SshTunnel, line: LineStream) {
    this.#target = target;
    this.#tunnel = tunnel;
    this.#line = line;
  }

  write(bytes: Uint8Array): void {
    this.#line.write(bytes);
  }

  async line(deadline: AbortSignal): Promise<Uint8Array> {
    try {
      const line = await this.#line.line(deadline);
      this.#hasAnswered = true;
      return line;
    } catch (error) {
      if (!(error instanceof HangUpError)) throw error;
      const said = await this.#tunnel.complaint();
      if (said === null) throw error;
      if (this.#hasAnswered) throw new HangUpError(`ssh: ${said}`, { cause: error });
      const { host, path } = this.#target;
      throw new AbsentError(`Cannot connect to "${path}" on ${host}: ${said}`, { cause: error });
    }
  }

  close(): void {
    this.#line.close();
    this.#tunnel.close();
  }
}
