/** A server that answers as a test says, for what no real agent does at will. */
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Request {
  readonly execute: string;
  // What a command's arguments are is the test's own.
  readonly arguments: Readonly<Record<string, unknown>>;
}

/** What a command returns: the value itself, a line as it goes out, or nothing at all. */
export type Answer = (request: Request, socket: Socket) => unknown | Promise<unknown>;

/** An error of the agent's. */
export class Refusal extends Error {
  readonly errorClass: string;

  constructor(desc: string, errorClass = "GenericError") {
    super(desc);
    this.errorClass = errorClass;
  }
}

/** Answered by no bytes. */
export const silence = Symbol("no answer");

export class ScriptedAgent implements AsyncDisposable {
  readonly socket: string;
  /** What was asked, without the handshakes. */
  readonly requests: Request[] = [];
  /** In the place of answers: what is done with whoever connects. */
  greet: ((socket: Socket) => void) | undefined;
  readonly #folder: string;
  readonly #server = createServer((socket) => this.#serve(socket));
  readonly #sockets = new Set<Socket>();
  readonly #answer: Answer;

  readonly #atEnd: () => void;

  private constructor(answer: Answer, atEnd: () => void) {
    this.#answer = answer;
    this.#atEnd = atEnd;
    this.#folder = mkdtempSync(join(tmpdir(), "guestwire-test-"));
    this.socket = join(this.#folder, "s");
  }

  static async start(answer: Answer, atEnd: () => void = () => {}): Promise<ScriptedAgent> {
    const agent = new ScriptedAgent(answer, atEnd);
    await new Promise<void>((resolve) => agent.#server.listen(agent.socket, resolve));
    return agent;
  }

  /** Asked by the test itself to hang up on everybody. */
  hangUp(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#atEnd();
    this.hangUp();
    await new Promise((resolve) => this.#server.close(resolve));
    rmSync(this.#folder, { recursive: true });
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => this.#sockets.delete(socket));
    if (this.greet !== undefined) {
      // What it sends is thrown away.
      socket.resume();
      return this.greet(socket);
    }
    let pending = "";
    let last = Promise.resolve();
    socket.on("data", (chunk) => {
      pending += chunk.toString("latin1");
      const lines = pending.split("\n");
      pending = lines.pop() ?? "";
      for (const line of lines) {
        const request = JSON.parse(line.slice(line.indexOf("{")));
        last = last.then(() => this.#reply(request, socket));
      }
    });
  }

  async #reply(
    { execute, arguments: args = {} }: { execute: string; arguments?: Request["arguments"] },
    socket: Socket,
  ): Promise<void> {
    if (execute === "guest-sync-delimited") {
      socket.write(Buffer.from(`\xff{"return": ${args.id}}\n`, "latin1"));
      return;
    }
    const request = { execute, arguments: args };
    this.requests.push(request);
    try {
      const returned = await this.#answer(request, socket);
      if (returned !== silence) socket.write(`${JSON.stringify({ return: returned })}\n`);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const told = { error: { class: error.errorClass, desc: error.message } };
      socket.write(`${JSON.stringify(told)}\n`);
    }
  }
}

/** What guest-info says of an agent with these commands. */
export function infoOf(names: readonly string[]): unknown {
  return {
    version: "9.9",
    supported_commands: names.map((name) => ({ name, enabled: true, "success-response": true })),
  };
}
