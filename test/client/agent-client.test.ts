/** The client against scripted servers: what agents, broken agents and hostile guests may send. */
import { afterEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AgentClient } from "../../src/client/agent-client.ts";
import { AgentError, DeadlineError, TransportError } from "../../src/client/errors.ts";
import { lineBytesMax } from "../../src/client/line-stream.ts";

const shortMs = 200;
const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0)) cleanup();
});

type Answer = (socket: Socket, request: Record<string, never>) => void;

/** A server that hands each request it gets to `answer`; 0xFF and noise are left out. */
async function serve(answer: Answer): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "guestwire-test-"));
  const path = join(folder, "s");
  const sockets: Socket[] = [];
  const server: Server = createServer((socket) => {
    sockets.push(socket);
    let pending = "";
    socket.on("error", () => socket.destroy());
    socket.on("data", (chunk) => {
      pending += chunk.toString("latin1");
      const lines = pending.split("\n");
      pending = lines.pop() ?? "";
      for (const line of lines) answer(socket, JSON.parse(line.slice(line.indexOf("{"))));
    });
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  cleanups.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
    rmSync(folder, { recursive: true });
  });
  return path;
}

/** Answers the handshake as an agent does and leaves the rest to `answer`. */
function synced(answer: Answer): Answer {
  return (socket, request: { execute?: string; arguments?: { id: number } }) => {
    if (request.execute !== "guest-sync-delimited") return answer(socket, request as never);
    socket.write(Buffer.from(`\xff{"return": ${request.arguments?.id}}\n`, "latin1"));
  };
}

const connect = (path: string) => AgentClient.connect(path, { timeoutMs: shortMs });

describe("getting in sync", () => {
  test("drops stale replies, errors, noise and the syncs of others", async () => {
    const path = await serve((socket, request: { arguments?: { id: number } }) => {
      const id = request.arguments?.id;
      socket.write(
        '{"return": 5}\nnoise \x00 noise\n{"error": {"class": "GenericError", "desc": "stray"}}\n',
      );
      socket.write(Buffer.from(`\xff{"return": -1}\nhalf a line\xff{"return": ${id}}\n`, "latin1"));
    });
    using client = await connect(path);
    expect(client).toBeInstanceOf(AgentClient);
  });

  test("an agent that is silent is told from one that is absent", async () => {
    const silent = await serve(() => {});
    expect(connect(silent)).rejects.toThrow(DeadlineError);
    expect(connect("/nonexistent/socket")).rejects.toThrow(TransportError);
    expect(connect("/nonexistent/socket")).rejects.toThrow('"/nonexistent/socket": ENOENT');
  });
});

test("arguments go out with every digit, bytes as base64, and not at all where there are none", async () => {
  const path = await serve(
    synced((socket) => socket.write('{"return": {"count": 3, "eof": false}}\n')),
  );
  const sent: string[] = [];
  using client = await AgentClient.connect(path, {
    timeoutMs: shortMs,
    trace: (direction, bytes) => {
      if (direction === "sent") sent.push(Buffer.from(bytes).toString("latin1"));
    },
  });
  const bytes = Uint8Array.of(1, 2, 3);
  await client.call("guest-file-write", { handle: 9223372036854775807n, "buf-b64": bytes });
  await client.call("guest-ping");
  expect(sent.slice(1)).toEqual([
    '{"execute":"guest-file-write","arguments":{"handle":9223372036854775807,"buf-b64":"AQID"}}\n',
    '{"execute":"guest-ping"}\n',
  ]);
});

describe("replies", () => {
  test("64-bit integers are exact", async () => {
    const path = await serve(synced((socket) => socket.write('{"return": 9223372036854775807}\n')));
    using client = await connect(path);
    expect(await client.call("guest-get-time")).toBe(9223372036854775807n);
  });

  test("a reply may come byte by byte", async () => {
    const path = await serve(
      synced(async (socket) => {
        for (const char of '{"return": {"host-name": "a\\u00e9"}}\n') {
          socket.write(char);
          await Bun.sleep(0);
        }
      }),
    );
    using client = await connect(path);
    expect(await client.call("guest-get-host-name")).toEqual({ "host-name": "aé" });
  });

  test("an error of the agent keeps its class", async () => {
    const path = await serve(
      synced((socket) =>
        socket.write(
          '{"error": {"class": "CommandNotFound", "desc": "The command x has not been found"}}\n',
        ),
      ),
    );
    using client = await connect(path);
    const error = await client.call("guest-ping").catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(AgentError);
    expect((error as AgentError).errorClass).toBe("CommandNotFound");
    expect((error as AgentError).message).toBe("The command x has not been found");
  });

  test.each([
    ["no JSON", "hello\n"],
    ["half JSON", '{"return": \n'],
    ["JSON with a control byte", '{"return": "\x01"}\n'],
    ["two values", '{"return": 1}{"return": 2}\n'],
    ["no object", "[1]\n"],
    ["neither return nor error", '{"event": "x"}\n'],
    ["another type than the schema says", '{"return": "soon"}\n'],
    ["an empty line", "\n"],
  ])("%s is a transport error", async (_, line) => {
    const path = await serve(synced((socket) => socket.write(line)));
    using client = await connect(path);
    expect(client.call("guest-get-time")).rejects.toThrow(TransportError);
  });

  test("a hang-up in the middle of a reply is a transport error", async () => {
    const path = await serve(synced((socket) => socket.end('{"retu')));
    using client = await connect(path);
    expect(client.call("guest-ping")).rejects.toThrow("hung up");
  });

  test("an endless line ends at its limit", async () => {
    const piece = Buffer.alloc(4 * 1024 * 1024, "a");
    const path = await serve(
      synced((socket) => {
        const push = () => {
          while (!socket.destroyed && socket.write(piece)) {}
        };
        socket.on("drain", push);
        push();
      }),
    );
    using client = await AgentClient.connect(path, { timeoutMs: 60_000 });
    expect(client.call("guest-ping")).rejects.toThrow(`more than ${lineBytesMax} bytes`);
  });
});

describe("a command that tells success by silence", () => {
  type Execute = { execute?: string };
  const refusal = '{"error": {"class": "GenericError", "desc": "no way"}}\n';

  test("is done when the agent goes on to the next request, and the connection is still good", async () => {
    const path = await serve(
      synced((socket, { execute }: Execute) => {
        if (execute !== "guest-shutdown") socket.write('{"return": 5}\n');
      }),
    );
    using client = await AgentClient.connect(path, { timeoutMs: 60_000 });
    expect(await client.call("guest-shutdown", { mode: "reboot" })).toEqual({});
    expect(await client.call("guest-get-time")).toBe(5n);
  });

  test("or when the guest says nothing any more, or hangs up", async () => {
    let sayNothing = false;
    const silent: Answer = (socket, request) => {
      if (!sayNothing)
        synced(() => {
          sayNothing = true;
        })(socket, request);
    };
    using asleep = await connect(await serve(silent));
    expect(await asleep.call("guest-suspend-ram")).toEqual({});
    using off = await connect(await serve(synced((socket) => socket.end())));
    expect(await off.call("guest-shutdown")).toEqual({});
  });

  test("is refused by an error, and the connection is still good", async () => {
    const path = await serve(
      synced((socket, { execute }: Execute) =>
        socket.write(execute === "guest-suspend-disk" ? refusal : '{"return": 5}\n'),
      ),
    );
    using client = await connect(path);
    await expect(client.call("guest-suspend-disk")).rejects.toThrow("no way");
    expect(await client.call("guest-get-time")).toBe(5n);
  });
});

describe("calls", () => {
  test("that were given up: their late replies are nobody else's", async () => {
    let isOwed = false;
    const path = await serve(
      (socket, request: { execute?: string; arguments?: { id: number } }) => {
        // The late reply comes in front of whatever is asked next.
        if (isOwed) socket.write('{"return": 1}\n');
        isOwed = request.execute === "guest-get-time";
        if (request.execute === "guest-sync") socket.write('{"return": 2}\n');
        if (request.execute !== "guest-sync-delimited") return;
        socket.write(Buffer.from(`\xff{"return": ${request.arguments?.id}}\n`, "latin1"));
      },
    );
    using client = await AgentClient.connect(path, { timeoutMs: 60_000 });
    const given = client.call("guest-get-time", {}, { timeoutMs: 1 });
    await expect(given).rejects.toThrow(DeadlineError);
    expect(await client.call("guest-sync", { id: 2 })).toBe(2n);
    const broken = new AbortController();
    const aborted = client.call("guest-get-time", {}, { signal: broken.signal });
    broken.abort(new Error("enough"));
    await expect(aborted).rejects.toThrow("enough");
    expect(await client.call("guest-sync", { id: 2 })).toBe(2n);
  });

  test("are carried out one after the other, also behind one that fails", async () => {
    const path = await serve(
      synced((socket, request: { arguments?: { id: number } }) => {
        const id = request.arguments?.id ?? 0;
        const reply = id === 2 ? '{"error": {"class": "x", "desc": "no"}}' : `{"return": ${id}}`;
        setTimeout(() => socket.write(`${reply}\n`), 5 - id);
      }),
    );
    using client = await AgentClient.connect(path, { timeoutMs: 60_000 });
    const all = [1, 2, 3].map((id) => client.call("guest-sync", { id }));
    expect(await Promise.allSettled(all)).toMatchObject([
      { status: "fulfilled", value: 1n },
      { status: "rejected" },
      { status: "fulfilled", value: 3n },
    ]);
  });
});
