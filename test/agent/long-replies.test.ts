/** Replies with long bytes in them, to hosts that read slowly, at once, or not to the end. */
import { describe, expect, test } from "bun:test";
import type { Fd } from "../../native/fd.ts";
import { shutdownWrite, socketPair } from "../../native/socket.ts";
import { Conversation } from "../../src/agent/conversation.ts";
import type { Dispatcher } from "../../src/agent/dispatcher.ts";
import { pieceBytes } from "../../src/wire/send-buffer.ts";
import { running } from "../native/running.ts";
import { rawReply, WaitingDispatcher } from "./waiting-dispatcher.ts";
import { whenServed } from "./when-served.ts";

const byteCounts = [20 * pieceBytes, 1, 3 * pieceBytes + 1, 2 * pieceBytes, 15 * pieceBytes + 2];
const expected = byteCounts.map(reply).join("");

function reply(byteCount: number): string {
  return `{"return": "${Buffer.from(rawReply(byteCount)).toString("base64")}"}\n`;
}

function request(byteCount: number): string {
  return `{"b64":${byteCount}}`;
}

interface Scene {
  readonly host: Fd;
  readonly dispatcher: WaitingDispatcher;
  readonly spentBytes: number[];
  readonly unreadBytes: number[];
  /** The next host. */
  attach(): Fd;
  /** Calls `then` once all is served. */
  served(then: () => void): void;
  end(): void;
}

async function scene(trigger: "level" | "edge", play: (scene: Scene) => void): Promise<void> {
  await running((reactor) => {
    const dispatcher = new WaitingDispatcher(reactor);
    const spentBytes: number[] = [];
    const unreadBytes: number[] = [];
    const memory = {
      capacityBytes: 0,
      giveBack() {},
      putBack: (bytes: Uint8Array) => spentBytes.push(bytes.length),
    };
    const conversation = new Conversation(reactor, dispatcher as unknown as Dispatcher, memory, {
      closed() {},
      broken() {},
      unread: (count) => unreadBytes.push(count),
      flooded() {},
    });
    const attach = (): Fd => {
      const [fd, host] = socketPair();
      conversation.attach({ fd, trigger, atEnd: "close", atError: "close" });
      return host;
    };
    play({
      host: attach(),
      dispatcher,
      spentBytes,
      unreadBytes,
      attach,
      served: (then) => whenServed(reactor, then),
      end() {
        conversation.close();
        reactor.stop();
      },
    });
  });
}

/** What is there, but no more than `bytesMax`. */
function read(fd: Fd, bytesMax: number): string {
  const memory = new Uint8Array(bytesMax);
  const count = fd.tryRead(memory);
  return Buffer.from(memory.subarray(0, Math.max(0, count))).toString("latin1");
}

describe.each(["level", "edge"] as const)("on a line by %s", (trigger) => {
  test("several are whole and in order, whenever the host reads", async () => {
    await scene(trigger, ({ host, spentBytes, served, end }) => {
      host.tryWrite(Buffer.from(byteCounts.map(request).join("")));
      let received = "";
      const more = (): void => {
        const part = read(host, 150_000);
        received += part;
        if (part !== "") return served(more);
        expect(received === expected).toBe(true);
        expect(spentBytes.toSorted()).toEqual(byteCounts.toSorted());
        end();
      };
      served(more);
    });
  });

  test("no further request is taken while one is far from its end", async () => {
    await scene(trigger, ({ host, dispatcher, served, end }) => {
      host.tryWrite(Buffer.from(byteCounts.map(request).join("")));
      served(() => {
        read(host, 1000);
        served(() => {
          expect(dispatcher.begun).toEqual([request(byteCounts[0] as number)]);
          end();
        });
      });
    });
  });

  test("are sent to the end to a host that has said all it will say", async () => {
    await scene(trigger, ({ host, served, end }) => {
      host.tryWrite(Buffer.from(byteCounts.map(request).join("")));
      shutdownWrite(host);
      let received = "";
      const more = (): void => {
        const part = read(host, 1_000_000);
        received += part;
        if (part !== "") return served(more);
        expect(received === expected).toBe(true);
        end();
      };
      served(more);
    });
  });

  test("a host that leaves in the middle has the rest dropped, and the next one gets its own", async () => {
    await scene(trigger, ({ host, spentBytes, unreadBytes, attach, served, end }) => {
      const [first] = byteCounts as [number];
      host.tryWrite(Buffer.from(request(first)));
      served(() => {
        const seen = read(host, 100_000);
        expect(reply(first).startsWith(seen)).toBe(true);
        host.close();
        served(() => {
          expect(spentBytes).toEqual([first]);
          expect(unreadBytes.length).toBe(1);
          expect(unreadBytes[0]).toBeLessThan(reply(first).length - seen.length + 1);
          const second = attach();
          second.tryWrite(Buffer.from(request(7)));
          served(() => {
            expect(read(second, 100_000)).toBe(reply(7));
            end();
          });
        });
      });
    });
  });
});
