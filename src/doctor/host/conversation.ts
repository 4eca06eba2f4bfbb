import { monotonicMs } from "../../../native/clock.ts";
import { AgentClient } from "../../client/agent-client.ts";
import { DeadlineError } from "../../client/errors.ts";
import { type PlainJson, toPlain } from "../../client/json.ts";
import { TimedLine } from "../../client/timed-line.ts";

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

  /**
   * @param timeoutMs how long all of it may take, however often the other side answers just in time
   * @throws TransportError, DeadlineError
   */
  static async begin(socket: string, timeoutMs: number): Promise<Conversation> {
    const late = new AbortController();
    const giveUp = () => late.abort(new DeadlineError("The agent did not answer in time"));
    // Nobody waits for it once the conversation is over.
    setTimeout(giveUp, timeoutMs).unref();
    const startedMs = monotonicMs();
    const line = TimedLine.connect(socket, { stallMsMax: timeoutMs, signal: late.signal });
    const { peerPid } = line;
    const client = await AgentClient.over(line, { timeoutMs });
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
