import * as v from "valibot";
import { schemaOf } from "../commands/command.ts";
import {
  type ArgumentsOf,
  type CommandName,
  commandNamed,
  type ReturnOf,
} from "../commands/registry.ts";
import type { JsonValue } from "../wire/json.ts";
import { underDeadline } from "./deadline.ts";
import { NonsenseError, TransportError } from "./errors.ts";
import { toJsonText, toPlain } from "./json.ts";
import type { Line } from "./line.ts";
import { LineLink } from "./line-link.ts";
import { LineStream, type Trace } from "./line-stream.ts";
import type { Link, RequestText } from "./link.ts";
import { returnedBy, returnedInPlace } from "./reply.ts";

/** libvirt's own patience with an agent. */
export const replyTimeoutMsDefault = 5_000;

/** Of what is wrong with a reply, which may quote all of it. */
const issueCharsMax = 300;

const closing = new TextEncoder().encode("}");

function bytesIn(pieces: readonly Uint8Array[]): number {
  return pieces.reduce((sum, { length }) => sum + length, 0);
}

export interface ClientOptions {
  /** How long one reply may take. */
  readonly timeoutMs?: number;
  readonly trace?: Trace;
  /** A longer reply is an error: what is made of one may take many times its length. */
  readonly lineBytesMax?: number;
  /** Gives up whatever is under way, and what is asked later. */
  readonly signal?: AbortSignal;
}

export interface CallOptions {
  /** How long the reply may take, where that is another time than the client's. */
  readonly timeoutMs?: number;
  /** Gives up waiting; the agent may still carry out what it was told. */
  readonly signal?: AbortSignal;
  /**
   * Sends it before the replies to other calls of this kind have come, where the way to the agent allows. They are
   * carried out in their order all the same; where one gets no reply, none behind it does.
   */
  readonly ahead?: boolean;
}

/** What a client may leave out when it calls a command. */
type Given<Name extends CommandName> =
  object extends ArgumentsOf<Name>
    ? [args?: ArgumentsOf<Name>, options?: CallOptions]
    : [args: ArgumentsOf<Name>, options?: CallOptions];

/** A client of any QEMU guest agent. Calls are carried out one after the other, in their order. */
export class AgentClient {
  readonly #link: Link;
  readonly #timeoutMs: number;
  readonly #signal: AbortSignal | undefined;
  /** Settles when the calls so far are done. */
  #last: Promise<unknown> = Promise.resolve();
  /** Settles when the calls are done that nothing may be sent ahead of. */
  #lastAlone: Promise<unknown> = Promise.resolve();

  constructor(link: Link, options: ClientOptions = {}) {
    this.#link = link;
    this.#timeoutMs = options.timeoutMs ?? replyTimeoutMsDefault;
    this.#signal = options.signal;
  }

  /**
   * Connects to the agent's socket and gets in sync: whatever was left half-said or unread by others is dropped.
   * @throws TransportError, DeadlineError
   */
  static async connect(path: string, options: ClientOptions = {}): Promise<SyncedClient> {
    return AgentClient.over(await LineStream.connect(path, options), options);
  }

  /** Gets in sync over a line that is there, and closes it where that fails. @throws as `connect` */
  static async over(line: Line, options: ClientOptions = {}): Promise<SyncedClient> {
    const client = new SyncedClient(new LineLink(line), options);
    try {
      await client.sync();
      return client;
    } catch (error) {
      client.close();
      throw error;
    }
  }

  protected get signal(): AbortSignal | undefined {
    return this.#signal;
  }

  get timeoutMs(): number {
    return this.#timeoutMs;
  }

  /** Bytes of the longest request, as JSON text. */
  get requestBytesMax(): number {
    return this.#link.requestBytesMax;
  }

  /** What an exchange costs this machine. */
  get costMs(): number {
    return this.#link.costMs;
  }

  /**
   * Calls a command with its typed arguments; 64-bit integers come back as bigints.
   * @throws AgentError the agent's refusal; TransportError; DeadlineError; the reason of `signal`
   */
  async call<Name extends CommandName>(
    name: Name,
    ...[args, options]: Given<Name>
  ): Promise<ReturnOf<Name>> {
    const text = args === undefined ? undefined : toJsonText(args);
    const returned = await this.request(name, text, options);
    const schema = commandNamed(name)?.returns ?? null;
    return (
      schema === null ? {} : checkedReturn(name, schemaOf(schema), returned)
    ) as ReturnOf<Name>;
  }

  /**
   * Calls any command with arguments as JSON text and gives the `return` value as it came; an empty object for those
   * that tell success by silence.
   * @throws as `call`
   */
  async request(
    name: string,
    argumentsText?: string,
    options: CallOptions = {},
  ): Promise<JsonValue> {
    const args = argumentsText === undefined ? "" : `,"arguments":${argumentsText}`;
    const request = `{"execute":${JSON.stringify(name)}${args}}`;
    return (await this.#exchange(name, request, returnedBy, options)) ?? new Map();
  }

  /**
   * The same with arguments as bytes in pieces, which stay as they are until it settles. Of what comes is kept what `take`
   * makes of it: the text itself is gone then.
   * @throws as `call`, and what `take` throws
   */
  async requestInPlace<Taken>(
    name: string,
    args: readonly Uint8Array[],
    take: (returned: JsonValue) => Taken,
    options: CallOptions = {},
  ): Promise<Taken> {
    const head = Buffer.from(`{"execute":${JSON.stringify(name)},"arguments":`);
    const read = (line: Uint8Array) => take(returnedInPlace(line));
    const taken = await this.#exchange(name, [head, ...args, closing], read, options);
    return taken ?? take(new Map());
  }

  async #exchange<Reply>(
    name: string,
    request: RequestText,
    read: (line: Uint8Array) => Reply,
    { timeoutMs = this.#timeoutMs, signal = this.#signal, ahead = false }: CallOptions,
  ): Promise<Reply | null> {
    const length = typeof request === "string" ? request.length : bytesIn(request);
    if (length > this.#link.requestBytesMax) {
      throw new TransportError(
        `A request of ${length} bytes is too long: at most ${this.#link.requestBytesMax} can be sent`,
      );
    }
    const success = commandNamed(name)?.success ?? "reply";
    const exchange = () =>
      underDeadline(timeoutMs, signal, (deadline) =>
        this.#link.exchange(request, { deadline, timeoutMs, success, read }),
      );
    return ahead && this.#link.takesAhead ? this.#ahead(exchange) : this.inTurn(exchange);
  }

  /** Does something when all that was asked before is done. */
  protected async inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work);
    // Whoever asked hears of a failure; the next one's turn comes all the same.
    this.#last = turn.catch(() => {});
    this.#lastAlone = this.#last;
    return turn;
  }

  /** Does something beside what else is done so. */
  async #ahead<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#lastAlone.then(work);
    // Not with what came of them: each would hold on to all before it.
    this.#last = Promise.allSettled([this.#last, turn]).then(() => {});
    return turn;
  }

  close(): void {
    this.#link.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** A client at the end of a line of bytes, in sync with the agent from the start. */
export class SyncedClient extends AgentClient {
  readonly #line: LineLink;

  constructor(line: LineLink, options: ClientOptions) {
    super(line, options);
    this.#line = line;
  }

  /** Gets in sync anew. @throws TransportError, DeadlineError */
  async sync(): Promise<void> {
    await this.inTurn(() =>
      underDeadline(this.timeoutMs, this.signal, (deadline) => this.#line.sync(deadline)),
    );
  }

  /** Sends bytes as they are, such as none of a request. */
  sendRaw(bytes: Uint8Array): void {
    this.#line.write(bytes);
  }
}

/**
 * What a command returned, if it is what `schema` says.
 * @throws NonsenseError: somebody who answers something else is no agent
 */
export function checkedReturn<Schema extends v.GenericSchema>(
  name: string,
  schema: Schema,
  returned: JsonValue,
): v.InferOutput<Schema> {
  const result = v.safeParse(schema, toPlain(returned), { abortEarly: true });
  if (result.success) return result.output;
  const issue = v.summarize(result.issues).slice(0, issueCharsMax);
  throw new NonsenseError(`The agent's reply to ${name} is not what the schema says: ${issue}`);
}
