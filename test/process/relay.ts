/** Stands between a client and an agent: counts what passes, and breaks off when it is told to. */
import { connect, createServer, type Socket } from "node:net";
import { Scratch } from "./scratch.ts";

export class Relay implements AsyncDisposable {
  /** Bytes that have passed to the agent, and to the client. */
  sent = 0;
  received = 0;
  /** Called after each piece that has passed. */
  onMoved: () => void = () => {};
  readonly #scratch = new Scratch();
  readonly #agent: string;
  readonly #server = createServer((client) => this.#pass(client));
  readonly #sockets = new Set<Socket>();

  private constructor(agent: string) {
    this.#agent = agent;
  }

  /** @param agent its socket */
  static async start(agent: string): Promise<Relay> {
    const relay = new Relay(agent);
    await new Promise<void>((resolve) => relay.#server.listen(relay.socket, resolve));
    return relay;
  }

  get socket(): string {
    return this.#scratch.file("relay");
  }

  /** Does something once, when so much has passed in both directions together. */
  when(bytes: number, act: () => void): void {
    this.onMoved = () => {
      if (this.sent + this.received < bytes) return;
      this.onMoved = () => {};
      act();
    };
  }

  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
    this.#scratch[Symbol.dispose]();
  }

  #pass(client: Socket): void {
    const agent = connect(this.#agent);
    for (const [socket, other] of [
      [client, agent],
      [agent, client],
    ] as const) {
      this.#sockets.add(socket);
      socket.on("error", () => other.destroy());
      socket.on("close", () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
    }
    client.on("data", (bytes) => {
      this.sent += bytes.length;
    });
    agent.on("data", (bytes) => {
      this.received += bytes.length;
    });
    for (const socket of [client, agent]) socket.on("data", () => this.onMoved());
    client.pipe(agent);
    agent.pipe(client);
  }
}
