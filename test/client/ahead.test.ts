/** Requests that are sent before the replies to others have come. */
import { describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AgentClient } from "../../src/client/agent-client.ts";
import { AgentError, DeadlineError, HangUpError, TransportError } from "../../src/client/errors.ts";
import type { Line } from "../../src/client/line.ts";
import { LineStream } from "../../src/client/line-stream.ts";
import { openedUnix } from "../../src/client/opened-socket.ts";
import { PolledLine } from "../../src/client/polled-line.ts";

const ahead = { ahead: true, timeoutMs: 5_000 };

/** An agent that hands on each request but handshakes as it comes, and answers when it is told to. */
class SlowAgent implements AsyncDisposable {
  readonly socket: string;
  readonly asked: string[] = [];
  onAsked: () => void = () => {};
  #client: Socket | null = null;
  readonly #folder = mkdtempSync(join(tmpdir(), "guestwire-test-"));
  readonly #server = createServer((client) => this.#serve(client));

  private constructor() {
    this.socket = join(this.#folder, "s");
  }

  static async start(): Promise<SlowAgent> {
    const agent = new SlowAgent();
    await new Promise<void>((resolve) => agent.#server.listen(agent.socket, resolve));
    return agent;
  }

  say(...lines: readonly string[]): void {
    this.#client?.write(lines.map((line) => `${line}\n`).join(""));
  }

  hangUp(): void {
    this.#client?.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.hangUp();
    await new Promise((resolve) => this.#server.close(resolve));
    rmSync(this.#folder, { recursive: true });
  }

  #serve(client: Socket): void {
    this.#client = client;
    let pending = "";
    client.on("error", () => client.destroy());
    client.on("data", (chunk) => {
      pending += chunk.toString("latin1");
      const lines = pending.split("\n");
      pending = lines.pop() ?? "";
      for (const line of lines) {
        const { execute, arguments: args } = JSON.parse(line.slice(line.indexOf("{")));
        if (execute === "guest-sync-delimited") {
          client.write(Buffer.from(`\xff{"return": ${args.id}}\n`, "latin1"));
          continue;
        }
        this.asked.push(execute);
        this.onAsked();
      }
    });
  }
}

const lines: readonly (readonly [string, (path: string) => Line | Promise<Line>])[] = [
  ["a stream", (path) => LineStream.connect(path)],
  ["a line that is polled", (path) => new PolledLine(openedUnix(path))],
];

describe.each(lines)("over %s", (_, open) => {
  test("replies are told in their order, and what is not sent ahead waits for all of them", async () => {
    await using agent = await SlowAgent.start();
    using client = await AgentClient.over(await open(agent.socket));
    agent.onAsked = () => {
      if (agent.asked.length === 3) {
        agent.say('{"return": 1}', '{"error": {"class": "X", "desc": "no"}}', '{"return": 3}');
      }
      if (agent.asked.length === 4) agent.say('{"return": 4}');
    };
    const [a, b, c] = ["a", "b", "c"].map((name) => client.request(name, undefined, ahead));
    const last = client.request("d");
    const outcomes = await Promise.allSettled([a, b, c, last]);
    expect(outcomes.map((each) => ("value" in each ? each.value : null))).toEqual([1, null, 3, 4]);
    expect((outcomes[1] as PromiseRejectedResult).reason).toBeInstanceOf(AgentError);
    expect(agent.asked).toEqual(["a", "b", "c", "d"]);
  });

  test("where one gets no reply the others fail, and the next begins afresh", async () => {
    await using agent = await SlowAgent.start();
    using client = await AgentClient.over(await open(agent.socket));
    const first = client.request("a", undefined, { ahead: true, timeoutMs: 100 });
    const second = client.request("b", undefined, ahead);
    const reasons = (await Promise.allSettled([first, second])).map(
      (outcome) => (outcome as PromiseRejectedResult).reason,
    );
    expect(reasons[0]).toBeInstanceOf(DeadlineError);
    expect(reasons[1]).toBeInstanceOf(TransportError);
    agent.onAsked = () => agent.say('{"return": "c"}');
    agent.say('{"return": "a, too late"}');
    expect(await client.request("c")).toBe("c");
  });

  test("a line that hangs up ends all", async () => {
    await using agent = await SlowAgent.start();
    using client = await AgentClient.over(await open(agent.socket));
    agent.onAsked = () => {
      if (agent.asked.length === 2) agent.hangUp();
    };
    const both = ["a", "b"].map((name) => client.request(name, undefined, ahead));
    const outcomes = await Promise.allSettled(both);
    expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect((outcomes[0] as PromiseRejectedResult).reason).toBeInstanceOf(HangUpError);
  });

  test("long replies are read where they lie, whatever comes behind them", async () => {
    await using agent = await SlowAgent.start();
    using client = await AgentClient.over(await open(agent.socket));
    const sizes = [10, 3_000_000, 5, 700_000, 700_000, 0, 2_000_000];
    const text = (index: number, size: number) => String(index).repeat(size);
    agent.onAsked = () => {
      if (agent.asked.length < sizes.length) return;
      agent.say(...sizes.map((size, index) => `{"return": {"x": "${text(index, size)}"}}`));
    };
    const argument = new TextEncoder().encode('{"a":1}');
    const taken = sizes.map((_, index) =>
      client.requestInPlace(
        `r${index}`,
        [argument],
        (returned) => String((returned as Map<string, unknown>).get("x")),
        ahead,
      ),
    );
    const whole = await Promise.all(taken);
    expect(whole.map((each, index) => each === text(index, sizes[index] as number))).toEqual(
      sizes.map(() => true),
    );
  });
});
