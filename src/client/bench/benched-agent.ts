import { AgentClient } from "../agent-client.ts";
import { AgentError, TransportError } from "../errors.ts";
import { toJsonText, toPlain } from "../json.ts";
import { eventLoopTurn, oneLine, TimedLine, type TimedLineOptions } from "../timed-line.ts";
import { AgentProcess, processName } from "./agent-process.ts";
import { GuestFiles } from "./guest-files.ts";
import { ScratchFiles } from "./scratch-files.ts";

const goodReply = Buffer.from('{"return"');

export interface AgentAddress {
  /** What to call it; null: what its process is called, or its socket. */
  readonly name: string | null;
  readonly socket: string;
}

export interface AgentOptions extends TimedLineOptions {
  /** In the guest. */
  readonly scratchFolder: string;
  readonly isReadOnly: boolean;
}

interface GuestInfo {
  readonly version: string;
  readonly supported_commands: readonly { readonly name: string; readonly enabled: boolean }[];
}

/** An agent under measurement, with all that has been taken from it and has to be given back. */
export class BenchedAgent {
  readonly socket: string;
  readonly files = new GuestFiles(
    () => this.client,
    () => this.line,
  );
  readonly scratch: ScratchFiles;
  readonly #options: AgentOptions;
  #name: string | null;
  #line!: TimedLine;
  #client!: AgentClient;
  #info: GuestInfo | null = null;
  #commands: ReadonlySet<string> = new Set();
  #process: AgentProcess | string = "it has not been asked";

  private constructor(address: AgentAddress, options: AgentOptions) {
    this.socket = address.socket;
    this.#name = address.name;
    this.#options = options;
    this.scratch = new ScratchFiles(this, options.scratchFolder, !options.isReadOnly);
  }

  /** Gets in sync and asks the agent what it is. @throws TransportError, DeadlineError */
  static async connect(address: AgentAddress, options: AgentOptions): Promise<BenchedAgent> {
    const agent = new BenchedAgent(address, options);
    await agent.reconnect();
    try {
      await agent.#introduce();
      return agent;
    } catch (error) {
      agent.close();
      throw error;
    }
  }

  get name(): string {
    return this.#name ?? this.socket;
  }

  set name(name: string) {
    this.#name = name;
  }

  /** As guest-info has it; null from an agent that has no such command. */
  get version(): string | null {
    return this.#info?.version ?? null;
  }

  /** Those that are enabled. */
  get commands(): ReadonlySet<string> {
    return this.#commands;
  }

  /** For timed exchanges. */
  get line(): TimedLine {
    return this.#line;
  }

  /** For everything else, over the same line. */
  get client(): AgentClient {
    return this.#client;
  }

  /** The agent's process, or why it cannot be measured. */
  get process(): AgentProcess | string {
    return this.#process;
  }

  /** Whoever listens on the socket: the agent, QEMU, a proxy. Null where that cannot be seen. */
  get peer(): { readonly pid: number; readonly name: string } | null {
    const pid = this.#line.peerPid;
    return pid === null ? null : { pid, name: processName(pid) ?? "unknown" };
  }

  /** Sends one request and answers how long its reply took, in nanoseconds. @throws AgentError */
  async ask(request: Uint8Array): Promise<number> {
    const { startedNs, endedNs } = await this.#line.exchange(request, oneLine);
    this.#checkReply();
    return endedNs - startedNs;
  }

  /** The same, each piece with a write of its own. */
  async askInPieces(pieces: readonly Uint8Array[]): Promise<number> {
    const startedNs = Bun.nanoseconds();
    const last = pieces.length - 1;
    for (let index = 0; index < last; index++) this.#line.send(pieces[index] as Uint8Array);
    const { endedNs } = await this.#line.exchange(pieces[last] as Uint8Array, oneLine);
    this.#checkReply();
    return endedNs - startedNs;
  }

  /** The last reply, read. */
  reply(): unknown {
    return JSON.parse(new TextDecoder().decode(this.#line.received));
  }

  /** An untimed call. @throws AgentError */
  async call<Returned>(command: string, args?: object): Promise<Returned> {
    const text = args === undefined ? undefined : toJsonText(args);
    return toPlain(await this.#client.request(command, text)) as Returned;
  }

  /** @throws Error where there is none; rows that say they need one are not run then */
  needProcess(): AgentProcess {
    if (typeof this.#process === "string") throw new Error(this.#process);
    return this.#process;
  }

  /** Something that came is not what was asked for. */
  refuse(what: string): never {
    throw new TransportError(`The agent did not answer with the right ${what}`);
  }

  /** Leaves the agent alone for a while. @throws what the signal was aborted with */
  async rest(ms: number): Promise<void> {
    await Bun.sleep(ms);
    this.#options.signal.throwIfAborted();
  }

  /** Lets signals come in between samples. @throws what the signal was aborted with */
  async breathe(): Promise<void> {
    await eventLoopTurn();
    this.#options.signal.throwIfAborted();
  }

  /** Begins anew, whatever state the line is in. */
  async reconnect(signal = this.#options.signal): Promise<void> {
    this.close();
    this.#line = TimedLine.connect(this.socket, { ...this.#options, signal });
    this.#client = await AgentClient.over(this.#line, { timeoutMs: this.#options.stallMsMax });
  }

  /**
   * Gives everything back: handles, scratch files, the connection.
   * @param signal another one than the one that may have broken off the measurement
   * @throws Error naming what is left
   */
  async cleanUp(signal: AbortSignal): Promise<void> {
    try {
      // The line may be in the middle of something.
      await this.reconnect(signal);
      await this.files.closeAll();
      await this.scratch.remove();
    } finally {
      this.close();
    }
  }

  close(): void {
    this.#line?.close();
  }

  async #introduce(): Promise<void> {
    try {
      this.#info = await this.call<GuestInfo>("guest-info");
      const enabled = this.#info.supported_commands.filter((command) => command.enabled);
      this.#commands = new Set(enabled.map(({ name }) => name));
    } catch (error) {
      // It is measured all the same: a row tells what it is refused.
      if (!(error instanceof AgentError)) throw error;
      this.#commands = new Set(["guest-ping", "guest-sync-delimited"]);
    }
    this.#process = await AgentProcess.find(this.files);
    if (typeof this.#process !== "string") this.#name ??= this.#process.name;
  }

  #checkReply(): void {
    const { received } = this.#line;
    if (goodReply.equals(received.subarray(0, goodReply.length))) return;
    const { error } = this.reply() as { error?: { class: string; desc: string } };
    if (error !== undefined) throw new AgentError(error.class, error.desc);
    if (!("return" in (this.reply() as object))) this.refuse("kind of reply");
  }
}
