/** Programs in guests, run through an agent that streams. */
import { describe, expect, test } from "bun:test";
import { AgentClient } from "../../src/client/agent-client.ts";
import { TransportError } from "../../src/client/errors.ts";
import { Orders } from "../../src/client/exec/orders.ts";
import { type Ending, type Order, StartError } from "../../src/client/exec/program.ts";
import { type Connections, runProgram } from "../../src/client/exec/run-program.ts";
import { signalNumber, stopInSteps } from "../../src/client/exec/signals.ts";
import { startStreamed } from "../../src/client/exec/streamed.ts";
import { wayOfExec } from "../../src/client/exec/way.ts";
import { Refusal, type ScriptedAgent } from "./scripted-agent.ts";
import { startStreamingAgent } from "./streaming-agent.ts";

const plain = { env: [], cwd: null, user: null, tty: null };

interface Ran extends Ending {
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end. */
async function ran(
  agent: ScriptedAgent,
  argv: Order["argv"],
  given: Partial<Connections> = {},
): Promise<Ran> {
  using client = await AgentClient.connect(agent.socket);
  expect(await wayOfExec(client)).toBe("streamed");
  const input = given.input ?? null;
  const program = await startStreamed(client, { ...plain, argv }, input !== null);
  const stdout: Uint8Array[] = [];
  const stderr: Uint8Array[] = [];
  const outcome = await runProgram(program, {
    input,
    stdout: async (bytes) => void stdout.push(bytes),
    stderr: async (bytes) => void stderr.push(bytes),
    orders: new Orders(),
    isInteractive: false,
    ...given,
  });
  const text = (pieces: readonly Uint8Array[]) => Buffer.concat(pieces).toString();
  return { ...outcome, stdout: text(stdout), stderr: text(stderr) };
}

const sh = (script: string): Order["argv"] => ["sh", "-c", script];

async function* pieces(...texts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

test("both outputs and the ending", async () => {
  await using agent = await startStreamingAgent();
  expect(await ran(agent, sh("echo out; echo err >&2; exit 3"))).toEqual({
    exitCode: 3,
    signal: null,
    stdout: "out\n",
    stderr: "err\n",
  });
  expect(await ran(agent, sh("kill -9 $$"))).toMatchObject({ exitCode: null, signal: 9 });
});

test("what is asked for is sent, and nothing else", async () => {
  await using agent = await startStreamingAgent();
  using client = await AgentClient.connect(agent.socket);
  await startStreamed(client, { ...plain, argv: ["true"] }, false);
  const whole = { argv: ["true", "a"], env: ["A=b"], cwd: "/", user: "u" } as const;
  await startStreamed(client, { ...whole, tty: { rows: 24, columns: 80 } }, true);
  expect(agent.requests.map((request) => request.arguments)).toEqual([
    { path: "true", arg: [], stdin: false },
    {
      path: "env",
      arg: ["A=b", "true", "a"],
      cwd: "/",
      user: "u",
      tty: { rows: 24, columns: 80 },
      stdin: true,
    },
  ]);
});

describe("input", () => {
  test("arrives whole however little is taken at once", async () => {
    await using agent = await startStreamingAgent({ writeBytesMax: 1000 });
    const text = "0123456789".repeat(1000);
    const { stdout } = await ran(agent, ["cat"], { input: pieces(text, "", "end") });
    expect(stdout).toBe(`${text}end`);
  });

  test("is answered before there is more of it", async () => {
    await using agent = await startStreamingAgent();
    const heard = Promise.withResolvers<void>();
    const input = (async function* () {
      yield Buffer.from("first\n");
      await heard.promise;
      yield Buffer.from("second\n");
    })();
    let stdout = "";
    await ran(agent, ["cat"], {
      input,
      stdout: async (bytes) => {
        stdout += Buffer.from(bytes).toString();
        if (stdout === "first\n") heard.resolve();
      },
    });
    expect(stdout).toBe("first\nsecond\n");
  });

  test("that nobody wants is no failure", async () => {
    await using agent = await startStreamingAgent({
      instead: ({ execute }) => (execute.endsWith("write") ? { count: 0 } : undefined),
    });
    expect(await ran(agent, ["true"], { input: pieces("x".repeat(1000)) })).toMatchObject({
      exitCode: 0,
    });
  });

  test("whose reading fails is one", async () => {
    await using agent = await startStreamingAgent();
    // biome-ignore lint/correctness/useYield: it fails before
    const input = (async function* (): AsyncGenerator<Uint8Array> {
      throw new Error("no such input");
    })();
    await expect(ran(agent, ["sleep", "1000"], { input })).rejects.toThrow("no such input");
  });
});

test("each piece of output comes while the program runs, and it is not asked for more before it is taken", async () => {
  await using agent = await startStreamingAgent();
  let taking = 0;
  const seen: string[] = [];
  await ran(agent, sh("echo a; sleep 0.2; echo b; sleep 0.2; echo c"), {
    stdout: async (bytes) => {
      expect(++taking).toBe(1);
      seen.push(Buffer.from(bytes).toString());
      await Bun.sleep(1);
      taking--;
    },
  });
  expect(seen).toEqual(["a\n", "b\n", "c\n"]);
});

test("what a program leaves running does not keep it", async () => {
  await using agent = await startStreamingAgent();
  expect(await ran(agent, sh("echo hi; sleep 1000 & exit 5"))).toEqual({
    exitCode: 5,
    signal: null,
    stdout: "hi\n",
    stderr: "",
  });
});

describe("an order", () => {
  test("is carried out while whoever reads the output takes his time", async () => {
    await using agent = await startStreamingAgent();
    const orders = new Orders();
    const isKilled = Promise.withResolvers<void>();
    const running = ran(agent, sh("echo a; exec sleep 1000"), {
      orders,
      stdout: () => {
        orders.give(async (program) => {
          await program.signal(signalNumber.SIGKILL);
          isKilled.resolve();
        });
        return isKilled.promise;
      },
    });
    expect(await running).toMatchObject({ signal: 9 });
  });

  test("that comes too late is no failure", async () => {
    await using agent = await startStreamingAgent({
      instead: ({ execute }) =>
        execute.endsWith("signal") ? Promise.reject(new Refusal("gone")) : undefined,
    });
    const orders = new Orders();
    orders.give((program) => program.signal(signalNumber.SIGTERM));
    expect(await ran(agent, ["true"], { orders })).toMatchObject({ exitCode: 0 });
  });

  test("to stop is made good at last by leaving", async () => {
    await using agent = await startStreamingAgent({
      instead: ({ execute }) => (execute.endsWith("signal") ? {} : undefined),
    });
    const orders = new Orders();
    const running = ran(agent, ["sleep", "1000"], { orders });
    stopInSteps(orders, signalNumber.SIGTERM, new Error("left"), 700);
    await expect(running).rejects.toThrow("left");
    const signals = agent.requests.filter(({ execute }) => execute.endsWith("signal"));
    expect(signals.map((each) => each.arguments.signal)).toEqual([15, 9]);
  });
});

test.each([
  ["/nonexistent", true],
  ["/etc/passwd", false],
])("%s cannot be run", async (path, isMissing) => {
  await using agent = await startStreamingAgent();
  const failure = await ran(agent, [path]).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(StartError);
  expect((failure as StartError).isMissing).toBe(isMissing);
});

describe("a hostile guest's", () => {
  const running = { "out-eof": false, "err-eof": false, exited: false, done: false };
  test.each([
    ["start without a number", "start", {}],
    ["start with a number that is none", "start", { pid: "1" }],
    ["count of more than was written", "write", { count: 1000 }],
    ["count below nothing", "write", { count: -1 }],
    ["output that is no base64", "read", { ...running, "out-data": "\u001b[2J" }],
    ["output that is no text", "read", { ...running, "err-data": 5 }],
    ["end of a program that runs", "read", { ...running, done: true }],
    ["nothing", "read", null],
    ["list", "read", Array.from({ length: 100_000 }, () => running)],
  ])("%s is a transport error", async (_, command, returned) => {
    await using agent = await startStreamingAgent({
      instead: ({ execute }) => (execute.endsWith(command) ? Promise.resolve(returned) : undefined),
    });
    const failure = await ran(agent, ["cat"], { input: pieces("text") }).catch(
      (error: unknown) => error,
    );
    expect(failure).toBeInstanceOf(TransportError);
    expect((failure as Error).message.length).toBeLessThan(500);
  });
});
