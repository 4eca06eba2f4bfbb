/** A command that waits while the other end of a virtio port comes and goes. */
import { expect, test } from "bun:test";
import { errnoOf, SysError } from "../../native/errno.ts";
import { WOULD_BLOCK } from "../../native/fd.ts";
import { EPOLLHUP, EPOLLIN, EPOLLOUT, type Reactor } from "../../native/reactor.ts";
import { Conversation } from "../../src/agent/conversation.ts";
import type { Dispatcher } from "../../src/agent/dispatcher.ts";
import { ReadMemory } from "../../src/linux/read-memory.ts";
import { running } from "../native/running.ts";
import { WaitingDispatcher } from "./waiting-dispatcher.ts";
import { whenServed } from "./when-served.ts";

/** Behaves as drivers/char/virtio_console.c does; each change is told, as by the edge. */
class Port {
  readonly subject = "port";
  isClosed = false;
  #isHostThere = true;
  #isUnplugged = false;
  #toGuest = "";
  #toHost = "";
  #on: (events: number) => void = () => {};

  /** Has the loop's watches on it lead here. */
  watchedBy(reactor: Reactor): void {
    reactor.watch = (_, __, on) => {
      this.#on = on;
      return { modify() {}, close() {} };
    };
  }

  tryRead(into: Uint8Array): number {
    if (this.#isUnplugged) throw new SysError("read", errnoOf("ENODEV"), this.subject);
    if (this.#toGuest === "") return this.#isHostThere ? WOULD_BLOCK : 0;
    const part = this.#toGuest.slice(0, into.length);
    this.#toGuest = this.#toGuest.slice(part.length);
    into.set(Buffer.from(part));
    return part.length;
  }

  tryWrite(from: Uint8Array): number {
    if (this.#isUnplugged) throw new SysError("write", errnoOf("ENODEV"), this.subject);
    if (!this.#isHostThere) return WOULD_BLOCK;
    this.#toHost += Buffer.from(from).toString();
    return from.length;
  }

  close(): void {
    this.isClosed = true;
  }

  hostLeaves(): void {
    this.#isHostThere = false;
    this.#tell();
  }

  hostComes(): void {
    this.#isHostThere = true;
    this.#tell();
  }

  unplug(): void {
    this.#isHostThere = false;
    this.#isUnplugged = true;
    this.#tell();
  }

  send(text: string): void {
    this.#toGuest += text;
    this.#tell();
  }

  /** What the host has read since it was asked last. */
  received(): string[] {
    const lines = this.#toHost.split("\n").slice(0, -1);
    this.#toHost = "";
    return lines.map((line) => JSON.parse(line).return);
  }

  #tell(): void {
    const there = EPOLLOUT | (this.#toGuest === "" ? 0 : EPOLLIN);
    this.#on(this.#isHostThere ? there : EPOLLIN | EPOLLHUP);
  }
}

interface Scene {
  readonly port: Port;
  readonly dispatcher: WaitingDispatcher;
  readonly told: string[];
  /** The port is there again. */
  plugIn(): Port;
}

/** Runs what `play` does step by step: each step once what came before has been served. */
async function scene(play: (scene: Scene) => readonly (() => void)[]): Promise<void> {
  await running((reactor) => {
    const dispatcher = new WaitingDispatcher(reactor);
    const told: string[] = [];
    const conversation = new Conversation(
      reactor,
      dispatcher as unknown as Dispatcher,
      new ReadMemory(),
      {
        closed: () => told.push("closed"),
        broken: ({ code }) => told.push(`broken: ${code}`),
        flooded: () => told.push("flooded"),
        unread: (byteCount) => told.push(`unread: ${byteCount}`),
      },
    );
    const plugIn = (): Port => {
      const port = new Port();
      port.watchedBy(reactor);
      conversation.attach({ fd: port, trigger: "edge", atEnd: "stay", atError: "broken" } as never);
      return port;
    };
    const steps = [...play({ port: plugIn(), dispatcher, told, plugIn }), () => reactor.stop()];
    const next = (): void => {
      steps.shift()?.();
      if (steps.length > 0) whenServed(reactor, next);
    };
    next();
  });
}

const late = '{"w":1}';
const lateReplyBytes = '{"return": "{\\"w\\":1}"}\n'.length;

test("its reply is dropped when the host leaves meanwhile, and the next host gets its own replies alone", async () => {
  await scene(({ port, dispatcher, told }) => [
    () => port.send(late),
    () => port.hostLeaves(),
    () => port.hostComes(),
    () => port.send('{"a":2}'),
    () => expect(port.received()).toEqual([]),
    () => dispatcher.goOn(),
    () => {
      expect(port.received()).toEqual(['{"a":2}']);
      expect(told).toEqual([`unread: ${lateReplyBytes}`]);
    },
  ]);
});

test("its reply is dropped when it is done while nobody is there", async () => {
  await scene(({ port, dispatcher, told }) => [
    () => port.send(late),
    () => port.hostLeaves(),
    () => dispatcher.goOn(),
    () => port.hostComes(),
    () => port.send('{"a":2}'),
    () => {
      expect(port.received()).toEqual(['{"a":2}']);
      expect(told).toEqual([`unread: ${lateReplyBytes}`]);
    },
  ]);
});

test.each([1, 2])(
  "its reply waits for a host whose request was read before it was seen, told %d times that nobody is there",
  async (times) => {
    await scene(({ port, dispatcher, told }) => [
      () => port.hostLeaves(),
      () => port.send(late),
      ...Array(times - 1).fill(() => port.hostLeaves()),
      () => dispatcher.goOn(),
      () => port.hostComes(),
      () => {
        expect(port.received()).toEqual([late]);
        expect(told).toEqual([]);
      },
    ]);
  },
);

test("a port that is unplugged meanwhile is told of once, when it is done, and its reply is for no later port", async () => {
  await scene(({ port, dispatcher, told, plugIn }) => {
    let next: Port;
    return [
      () => port.send(`${late}{"a":2}`),
      () => port.unplug(),
      () => expect(told).toEqual([]),
      () => dispatcher.goOn(),
      () => {
        expect(port.isClosed).toBe(true);
        expect(told.filter((each) => each.startsWith("broken"))).toEqual(["broken: ENODEV"]);
        expect(dispatcher.begun).toEqual([late, '{"a":2}']);
        next = plugIn();
        next.send('{"b":3}');
      },
      () => expect(next.received()).toEqual(['{"b":3}']),
    ];
  });
});
