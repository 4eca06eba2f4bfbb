import * as v from "valibot";
import { schemaOf } from "../commands/command.ts";
import {
  type ArgumentsOf,
  type CommandName,
  commandNamed,
  type ReturnOf,
} from "../commands/registry.ts";
import type { JsonValue } from "../wire/json.ts";
import { JsonFault } from "../wire/wire-error.ts";
import { AgentError, DeadlineError, HangUpError, TransportError } from "./errors.ts";
import { toJsonText, toPlain } from "./json.ts";
import type { Line } from "./line.ts";
import { LineStream, type Trace } from "./line-stream.ts";
import { readText } from "./read-text.ts";

const syncByte = 0xff;
const encoder = new TextEncoder();

/** libvirt's own patience with an agent. */
export const replyTimeoutMsDefault = 5_000;

/** Ids are below 2^31, since old clients' agents and scripts know no larger ones. */
const syncIdMax = 2 ** 31;

export interface ClientOptions {
  /** How long one reply may take. */
  readonly timeoutMs?: number;
  readonly trace?: Trace;
}

/** A client of any QEMU guest agent, in sync with it from the start. */
export class AgentClient {
  readonly #stream: Line;
  readonly #timeoutMs: number;

  private constructor(stream: Line, timeoutMs: number) {
    this.#stream = stream;
    this.#timeoutMs = timeoutMs;
  }

  /**
   * Connects to the agent's socket and gets in sync: whatever was left half-said or unread by others is dropped.
   * @throws TransportError, DeadlineError
   */
  static async connect(path: string, options: ClientOptions = {}): Promise<AgentClient> {
    return AgentClient.over(await LineStream.connect(path, options.trace), options);
  }

  /** Gets in sync over a line that is there, and closes it where that fails. @throws as `connect` */
  static async over(line: Line, options: ClientOptions = {}): Promise<AgentClient> {
    const client = new AgentClient(line, options.timeoutMs ?? replyTimeoutMsDefault);
    try {
      await client.sync();
      return client;
    } catch (error) {
      client.close();
      throw error;
    }
  }

  /**
   * 0xFF makes the agent forget an unfinished request; the agent's own 0xFF marks where its answer begins, and the id
   * that it is the answer to this question. Everything before is stale.
   */
  async sync(): Promise<void> {
    const id = this.#sendSync(syncByte);
    await this.#answerToSync(id, AbortSignal.timeout(this.#timeoutMs), () => {});
  }

  #sendSync(...before: number[]): number {
    const id = Math.floor(Math.random() * syncIdMax);
    const request = `{"execute":"guest-sync-delimited","arguments":{"id":${id}}}\n`;
    this.#stream.write(Uint8Array.of(...before, ...encoder.encode(request)));
    return id;
  }

  /** Hands over the lines that come before it. */
  async #answerToSync(
    id: number,
    deadline: AbortSignal,
    onOther: (line: Uint8Array) => void,
  ): Promise<void> {
    for (;;) {
      const line = await this.#stream.line(deadline);
      const mark = line.lastIndexOf(syncByte);
      if (mark !== -1 && readReply(line.subarray(mark + 1)).get("return") === id) return;
      onOther(line);
    }
  }

  /**
   * Calls a command with its typed arguments; 64-bit integers come back as bigints.
   * @throws AgentError the agent's refusal; TransportError; DeadlineError
   */
  async call<Name extends CommandName>(
    name: Name,
    ...[args]: object extends ArgumentsOf<Name> ? [ArgumentsOf<Name>?] : [ArgumentsOf<Name>]
  ): Promise<ReturnOf<Name>> {
    const returned = toPlain(
      await this.request(name, args === undefined ? undefined : toJsonText(args)),
    );
    const schema = commandNamed(name)?.returns ?? null;
    if (schema === null) return {} as ReturnOf<Name>;
    const result = v.safeParse(schemaOf(schema), returned);
    if (!result.success) {
      throw new TransportError(
        `The agent's reply to ${name} is not what the schema says: ${v.summarize(result.issues)}`,
      );
    }
    return result.output as ReturnOf<Name>;
  }

  /**
   * Calls any command with arguments as JSON text and gives the `return` value as it came; an empty object for those
   * that tell success by silence.
   * @throws as `call`
   */
  async request(name: string, argumentsText?: string): Promise<JsonValue> {
    const args = argumentsText === undefined ? "" : `,"arguments":${argumentsText}`;
    this.#stream.write(encoder.encode(`{"execute":${JSON.stringify(name)}${args}}\n`));
    const deadline = AbortSignal.timeout(this.#timeoutMs);
    if (commandNamed(name)?.success !== "none") {
      return returnedBy(await this.#stream.line(deadline));
    }
    const line = await this.#lineUnlessSilent(deadline);
    return line === null ? new Map() : returnedBy(line);
  }

  /**
   * The reply to a shutdown or a suspend, or null where there is none, which is how success is told. A sync is sent
   * behind the command, so that its answer tells when that is settled; where even that stays away, the guest has gone.
   */
  async #lineUnlessSilent(deadline: AbortSignal): Promise<Uint8Array | null> {
    let first: Uint8Array | null = null;
    try {
      await this.#answerToSync(this.#sendSync(), deadline, (line) => {
        first ??= line;
      });
    } catch (error) {
      if (!(error instanceof DeadlineError || error instanceof HangUpError)) throw error;
    }
    return first;
  }

  /** Sends bytes as they are, such as none of a request. */
  sendRaw(bytes: Uint8Array): void {
    this.#stream.write(bytes);
  }

  close(): void {
    this.#stream.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

function readReply(line: Uint8Array): Map<string, JsonValue> {
  try {
    const reply = readText(line);
    if (reply instanceof Map) return reply;
  } catch (error) {
    if (!(error instanceof JsonFault)) throw error;
    throw new TransportError(`The reply is no JSON: ${error.desc}`, { cause: error });
  }
  throw new TransportError("The reply is no JSON object");
}

/** @throws AgentError, TransportError */
function returnedBy(line: Uint8Array): JsonValue {
  const isMarked = line[0] === syncByte;
  const reply = readReply(isMarked ? line.subarray(1) : line);
  const error = reply.get("error");
  if (error instanceof Map) {
    throw new AgentError(String(error.get("class")), String(error.get("desc")));
  }
  const returned = reply.get("return");
  if (returned === undefined) {
    throw new TransportError("The agent's reply has no return and no error");
  }
  return returned;
}
