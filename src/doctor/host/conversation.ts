import { monotonicMs } from "../../../native/clock.ts";
import { AgentClient } from "../../client/agent-client.ts";
import { eventLoopTurn, TimedLine } from "../../client/bench/timed-line.ts";
import { DeadlineError } from "../../client/errors.ts";
import { type PlainJson, toPlain } from "../../client/json.ts";
import type { Line } from "../../client/line.ts";

/** A deadline over everything that is said, however often the other side answers just in time. */
export interface Deadline {
  leftMs(): number;
}

export function deadlineIn(ms: number): Deadline {
  const atMs = monotonicMs() + ms;
  return { leftMs: () => Math.max(0, atMs - monotonicMs()) };
}

/** A line on which the time is looked at before each wait: a side that never stops talking would keep timers from it. */
class BoundLine implements Line {
  readonly #line: TimedLine;
  readonly #deadline: Deadline;

  constructor(line: TimedLine, deadline: Deadline) {
    this.#line = line;
    this.#deadline = deadline;
  }

  write(bytes: Uint8Array): void {
    this.#line.write(bytes);
  }

  async line(until: AbortSignal): Promise<Uint8Array> {
    if (this.#deadline.leftMs() === 0) await eventLoopTurn();
    if (until.aborted || this.#deadline.leftMs() === 0) {
      throw new DeadlineError("The agent did not answer in time");
    }
    return this.#line.line(until);
  }

  close(): void {
    this.#line.close();
  }
}

/** A client that is in sync, and what the way there told. */
export class Conversation {
  /** Of the process that listens at the socket; null where it cannot be seen. */
  readonly listenerPid: number | null;
  /** How long connecting and getting in sync took. */
  readonly syncMs: number;
  readonly #client: AgentClient;

  private constructor(client: AgentClient, listenerPid: number | null, syncMs: number) {
    this.#client = client;
    this.listenerPid = listenerPid;
    this.syncMs = syncMs;
  }

  /** @throws TransportError, DeadlineError */
  static async begin(socket: string, deadline: Deadline): Promise<Conversation> {
    const timeoutMs = deadline.leftMs();
    const startedMs = monotonicMs();
    const line = TimedLine.connect(socket, {
      stallMsMax: timeoutMs,
      signal: new AbortController().signal,
    });
    const { peerPid } = line;
    const client = await AgentClient.over(new BoundLine(line, deadline), { timeoutMs });
    return new Conversation(client, peerPid, monotonicMs() - startedMs);
  }

  /** Calls a command without arguments. @throws AgentError, TransportError, DeadlineError */
  async ask(command: string): Promise<PlainJson> {
    return toPlain(await this.#client.request(command));
  }

  close(): void {
    this.#client.close();
  }
}
