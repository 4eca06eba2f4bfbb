import { lstatSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { AgentProcess } from "./agent-process.ts";
import type { Case, LazyPayload, Step } from "./case.ts";
import type { Connection } from "./connection.ts";
import { strayByte } from "./words.ts";

/** The last line of the transcript of an agent that died in the middle of a case. */
export const agentDied = "(the agent died)";

class ConnectionEnd extends Error {}

/** Far above what any case takes; see `within`. */
export const caseMsMax = 10_000;
const shownBytesMax = 200;
let lastSync = 7_000_000_000;

/**
 * Plays a case against one agent and returns the transcript: reply lines in Latin-1 and the notes of `look` and
 * `act`, in order.
 *
 * The exchange ends with 0xFF and a guest-sync-delimited, and everything up to its reply belongs to the case. So
 * no timeout decides that "nothing more comes", and an unfinished text that a case leaves behind shows up in the
 * error line which that 0xFF provokes. When nothing is left behind that line is the plain one and is left out.
 *
 * Throws when the agent closes the connection before the end, and when it has not come to the end after `msMax`
 * milliseconds.
 */
export async function play(
  test: Case,
  agent: AgentProcess,
  msMax: number = caseMsMax,
): Promise<string[]> {
  agent.emptyWork();
  test.setUp?.(agent.work);
  const exchange = new Exchange(agent);
  try {
    await within(msMax, exchange, exchange.run(test.steps));
  } catch (error) {
    // Dying is an answer too: the recorded agent has cases where it does.
    if (!(error instanceof ConnectionEnd) || !(await agent.dies())) throw error;
    exchange.transcript.push(agentDied);
  } finally {
    exchange.closeAll();
  }
  const facts = test.facts ?? ((line: string) => line);
  return exchange.transcript.map(facts);
}

/** Fails a case whose agent has fallen silent; nothing else depends on this time. */
async function within(msMax: number, exchange: Exchange, run: Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const seen = exchange.transcript.join("\n");
      reject(new Error(`The agent has been silent for too long, after:\n${seen}`));
    }, msMax);
  });
  await Promise.race([run, silence]).finally(() => clearTimeout(timer));
}

class Exchange {
  readonly transcript: string[] = [];
  readonly #agent: AgentProcess;
  readonly #connections = new Map<string, Connection>();
  readonly #kept = new Map<string, string>();
  #client = "a";

  constructor(agent: AgentProcess) {
    this.#agent = agent;
  }

  async run(steps: readonly Step[]): Promise<void> {
    for (const step of steps) await this.#take(step);
    await this.#finish();
  }

  async #take(step: Step): Promise<void> {
    if ("send" in step) (await this.#connection()).send(this.#fill(step.send));
    else if ("ask" in step) await this.#ask(step.ask, step.keep, step.again);
    else if ("look" in step) this.transcript.push(describeFile(this.#agent.work, step.look));
    else if ("act" in step) await this.#act(step.act);
    else if ("halfClose" in step) await this.#halfClose();
    else if ("hangUp" in step) this.#drop();
    else this.#client = step.client;
  }

  async #finish(): Promise<void> {
    lastSync += 1;
    const connection = await this.#connection();
    const sync = `{"execute":"guest-sync-delimited","arguments":{"id":${lastSync}}}\n`;
    connection.send(Buffer.concat([Buffer.of(0xff), Buffer.from(sync)]));
    const last = `\xff{"return": ${lastSync}}`;
    for (;;) {
      const line = await this.#line(connection);
      if (line === last) break;
      this.#note(line);
    }
    if (this.transcript.at(-1) === strayByte) this.transcript.pop();
    else this.transcript.push("(the final 0xFF was answered otherwise)");
  }

  closeAll(): void {
    for (const connection of this.#connections.values()) connection.close();
  }

  async #connection(): Promise<Connection> {
    const open = this.#connections.get(this.#client);
    if (open !== undefined) return open;
    const connection = await this.#agent.connect().catch((error: unknown) => {
      throw new ConnectionEnd(String(error));
    });
    this.#connections.set(this.#client, connection);
    return connection;
  }

  #drop(): void {
    this.#connections.get(this.#client)?.close();
    this.#connections.delete(this.#client);
  }

  async #line(connection: Connection): Promise<string> {
    const line = await connection.line();
    if (line !== undefined) return line;
    const seen = this.transcript.join("\n");
    throw new ConnectionEnd(
      `The agent closed the connection after:\n${seen}\n${this.#agent.stderr}`,
    );
  }

  async #ask(
    payload: LazyPayload,
    keep: string | undefined,
    again: string | undefined,
  ): Promise<void> {
    const connection = await this.#connection();
    let line: string;
    do {
      connection.send(this.#fill(payload));
      line = await this.#line(connection);
    } while (line === again);
    const kept = /^(\{"return": (?:\{"pid": )?)(\d+)(\}+)$/.exec(line);
    if (keep !== undefined && kept !== null) {
      const [, before, value, behind] = kept;
      this.#kept.set(keep, value as string);
      this.transcript.push(`${before}<${keep}>${behind}`);
    } else {
      this.#note(line);
    }
  }

  async #act(act: Extract<Step, { act: unknown }>["act"]): Promise<void> {
    const { work, state, socketPath, pid } = this.#agent;
    const restart = async (signal: NodeJS.Signals) => {
      for (const connection of this.#connections.values()) connection.close();
      this.#connections.clear();
      await this.#agent.restart(signal);
    };
    const note = await act({ work, state, socketPath, pid, restart });
    if (note !== undefined) this.transcript.push(note);
  }

  async #halfClose(): Promise<void> {
    const connection = await this.#connection();
    connection.halfClose();
    for (let line = await connection.line(); line !== undefined; line = await connection.line()) {
      this.#note(line);
    }
    this.transcript.push("(closed)");
    this.#drop();
  }

  #note(line: string): void {
    let shown = line;
    for (const [word, value] of this.#kept) {
      shown = shown
        .replace(`handle '${value}'`, `handle '<${word}>'`)
        .replace(`PID ${value} `, `PID <${word}> `);
    }
    this.transcript.push(shown);
  }

  #fill(given: LazyPayload): Uint8Array {
    const payload = typeof given === "function" ? given() : given;
    if (typeof payload !== "string") return payload;
    const text = payload.replace(/<(\w+)>/g, (all, word: string) => this.#kept.get(word) ?? all);
    return Buffer.from(text);
  }
}

function describeFile(work: string, name: string): string {
  const stat = lstatSync(join(work, name), { throwIfNoEntry: false });
  if (stat === undefined) return `${name}: absent`;
  const mode = (stat.mode & 0o7777).toString(8);
  if (!stat.isFile()) return `${name}: not a regular file, mode ${mode}`;
  const content = readFileSync(join(work, name));
  const shown =
    content.length > shownBytesMax
      ? `sha256 ${new Bun.CryptoHasher("sha256").update(content).digest("hex").slice(0, 16)}`
      : JSON.stringify(content.toString("latin1"));
  return `${name}: ${content.length} bytes, mode ${mode}, ${shown}`;
}
