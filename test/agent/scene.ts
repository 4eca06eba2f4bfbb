/** A conversation with hosts that a test plays. */
import { expect } from "bun:test";
import type { Fd } from "../../native/fd.ts";
import type { Reactor, ReactorOptions } from "../../native/reactor.ts";
import { socketPair } from "../../native/socket.ts";
import { Conversation } from "../../src/agent/conversation.ts";
import type { Dispatcher } from "../../src/agent/dispatcher.ts";
import { ReadMemory } from "../../src/linux/read-memory.ts";
import { running } from "../native/running.ts";
import { WaitingDispatcher } from "./waiting-dispatcher.ts";
import { whenServed } from "./when-served.ts";

export interface Scene {
  readonly reactor: Reactor;
  readonly dispatcher: WaitingDispatcher;
  readonly host: Fd;
  /** Takes up a new line; answers the host's end of it. */
  attach(trigger: "level" | "edge", atEnd: "close" | "stay"): Fd;
  readonly closedCount: () => number;
  readonly floodCount: () => number;
  /** Bytes of replies that nobody has read. */
  readonly unreadBytes: () => number;
}

/** Runs what `play` does step by step: each step once what came before has been served. */
export async function scene(
  trigger: "level" | "edge",
  play: (scene: Scene) => readonly (() => void)[],
  options: Partial<ReactorOptions> = {},
): Promise<void> {
  await running((reactor) => {
    const dispatcher = new WaitingDispatcher(reactor);
    let closedCount = 0;
    let floodCount = 0;
    let unreadBytes = 0;
    const conversation = new Conversation(
      reactor,
      dispatcher as unknown as Dispatcher,
      new ReadMemory(),
      {
        closed: () => {
          closedCount += 1;
        },
        broken: () => {},
        unread: (count) => {
          unreadBytes += count;
        },
        flooded: () => {
          floodCount += 1;
        },
      },
    );
    const attach: Scene["attach"] = (wanted, atEnd) => {
      const [ours, hosts] = socketPair();
      ours.setNonblocking(true);
      hosts.setNonblocking(true);
      conversation.attach({ fd: ours, trigger: wanted, atEnd, atError: "close" } as never);
      return hosts;
    };
    const steps = [
      ...play({
        reactor,
        dispatcher,
        host: attach(trigger, "close"),
        attach,
        closedCount: () => closedCount,
        floodCount: () => floodCount,
        unreadBytes: () => unreadBytes,
      }),
      () => {
        conversation.close();
        reactor.stop();
      },
    ];
    const next = (): void => {
      steps.shift()?.();
      // Some rounds of the loop lie between two steps.
      if (steps.length > 0) whenServed(reactor, next);
    };
    next();
  }, options);
}

export function send(fd: Fd, text: string | Uint8Array): void {
  expect(fd.tryWrite(Buffer.from(text))).toBe(text.length);
}

/** What the replies say that can be read now. */
export function received(fd: Fd): string[] {
  const memory = new Uint8Array(65_536);
  const count = fd.tryRead(memory);
  if (count <= 0) return [];
  const lines = Buffer.from(memory.subarray(0, count)).toString().trim().split("\n");
  return lines.map((line) => {
    const reply = JSON.parse(line);
    return reply.return ?? reply.error.desc;
  });
}

export function receivedBytes(fd: Fd): number {
  const memory = new Uint8Array(1 << 20);
  let all = 0;
  for (let count = fd.tryRead(memory); count > 0; count = fd.tryRead(memory)) all += count;
  return all;
}
