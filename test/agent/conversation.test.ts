import { describe, expect, test } from "bun:test";
import type { Fd } from "../../native/fd.ts";
import { shutdownWrite, socketPair } from "../../native/socket.ts";
import { Conversation } from "../../src/agent/conversation.ts";
import type { Dispatcher } from "../../src/agent/dispatcher.ts";
import { ReadMemory } from "../../src/linux/read-memory.ts";
import { running } from "../native/running.ts";
import { received, receivedBytes, scene, send } from "./scene.ts";
import { bigReplyChars, WaitingDispatcher } from "./waiting-dispatcher.ts";
import { whenServed } from "./when-served.ts";

describe.each(["level", "edge"] as const)("on a line by %s", (trigger) => {
  test("many requests that take long leave others their turn, and all are answered in order", async () => {
    const requests = Array.from({ length: 10 }, (_, index) => `{"s":${index}}`);
    await scene(trigger, ({ dispatcher, host }) => [
      () => send(host, requests.join("")),
      ...Array.from({ length: 10 }, () => () => {}),
      () => {
        expect(received(host)).toEqual(requests);
        expect(dispatcher.begunByTurn).toBe(1);
      },
    ]);
  });

  test("many quick requests leave others their turn as well", async () => {
    const requests = Array.from({ length: 40 }, (_, index) => `{"q":${index}}`);
    await scene(trigger, ({ dispatcher, host }) => [
      () => send(host, requests.join("")),
      ...Array.from({ length: 10 }, () => () => {}),
      () => {
        expect(received(host)).toEqual(requests);
        expect(dispatcher.begunByTurn).toBeLessThan(20);
      },
    ]);
  });

  test("a client that leaves meanwhile has all of them carried out, and the next one hears of none", async () => {
    const requests = Array.from({ length: 5 }, (_, index) => `{"s":${index}}`);
    await scene(trigger, ({ dispatcher, host, attach, closedCount }) => {
      let second: Fd;
      return [
        () => {
          send(host, requests.join(""));
          host.close();
        },
        ...Array.from({ length: 5 }, () => () => {}),
        () => {
          expect(dispatcher.begun).toEqual(requests);
          expect(closedCount()).toBe(1);
          second = attach(trigger, "close");
          send(second, '{"a":2}');
        },
        () => expect(received(second)).toEqual(['{"a":2}']),
      ];
    });
  });
});

describe.each(["level", "edge"] as const)("a command that waits, on a line by %s", (trigger) => {
  test("holds up the requests behind it, and they are answered in order", async () => {
    await scene(trigger, ({ dispatcher, host }) => [
      () => send(host, '{"a":1}{"w":2}{"b":3}'),
      () => {
        expect(received(host)).toEqual(['{"a":1}']);
        expect(dispatcher.begun).toEqual(['{"a":1}', '{"w":2}']);
        send(host, '{"c":4}');
      },
      () => expect(received(host)).toEqual([]),
      () => dispatcher.goOn(),
      () => expect(received(host)).toEqual(['{"w":2}', '{"b":3}', '{"c":4}']),
    ]);
  });

  test("may be followed by another that waits", async () => {
    await scene(trigger, ({ dispatcher, host }) => [
      () => send(host, '{"w":1}{"w":2}{"a":3}'),
      () => dispatcher.goOn(),
      () => {
        expect(received(host)).toEqual(['{"w":1}']);
        expect(dispatcher.begun).toEqual(['{"w":1}', '{"w":2}']);
        dispatcher.goOn();
      },
      () => expect(received(host)).toEqual(['{"w":2}', '{"a":3}']),
    ]);
  });

  test("is not begun before the host has read most of what there is for it", async () => {
    await scene(trigger, ({ dispatcher, host }) => {
      let count = 0;
      const read = () => {
        count += receivedBytes(host);
      };
      return [
        () => send(host, '{"big":1}{"w":2}{"a":3}'),
        () => expect(dispatcher.begun).toEqual(['{"big":1}']),
        ...Array(10).fill(read),
        () => {
          expect(count).toBeGreaterThan(bigReplyChars);
          expect(dispatcher.begun).toEqual(['{"big":1}', '{"w":2}']);
          dispatcher.goOn();
        },
        () => expect(received(host)).toEqual(['{"w":2}', '{"a":3}']),
      ];
    });
  });

  test("whose reply cannot be written does not hold up what comes behind it", async () => {
    const errors: unknown[] = [];
    await scene(
      trigger,
      ({ dispatcher, host }) => [
        () => send(host, '{"wx":1}'),
        () => send(host, '{"a":2}'),
        () => dispatcher.goOn(),
        () => expect(received(host)).toEqual(['{"a":2}']),
      ],
      { onError: (error) => errors.push(String(error)) },
    );
    expect(errors).toEqual(["Error: cannot be written"]);
  });

  test("is answered to a host that has said all it will say", async () => {
    await scene(trigger, ({ dispatcher, host, closedCount }) => [
      () => send(host, '{"w":1}{"a":2}'),
      () => shutdownWrite(host),
      () => {
        expect(closedCount()).toBe(0);
        dispatcher.goOn();
      },
      () => {
        expect(received(host)).toEqual(['{"w":1}', '{"a":2}']);
        expect(closedCount()).toBe(1);
      },
    ]);
  });

  test("is not answered to the host that comes after the one that asked", async () => {
    await scene(trigger, ({ dispatcher, host, attach, closedCount }) => {
      let second: Fd;
      return [
        () => send(host, '{"w":1}'),
        () => host.close(),
        () => dispatcher.goOn(),
        () => {
          expect(closedCount()).toBe(1);
          second = attach(trigger, "close");
          send(second, '{"a":2}');
        },
        () => expect(received(second)).toEqual(['{"a":2}']),
      ];
    });
  });
});

describe.each(["level", "edge"] as const)("noise on a line by %s", (trigger) => {
  test("is told of once, and what it was owed is not told to the next host", async () => {
    await scene(trigger, ({ host, attach, closedCount, floodCount }) => {
      let second: Fd;
      return [
        () => send(host, Buffer.alloc(99, 0xff)),
        () => expect([received(host).length, floodCount()]).toEqual([99, 0]),
        () => send(host, Buffer.alloc(1000, 0xff)),
        () => expect([received(host).length, floodCount()]).toEqual([1, 1]),
        () => shutdownWrite(host),
        () => expect(closedCount()).toBe(1),
        () => {
          second = attach(trigger, "close");
          send(second, Buffer.alloc(101, 0xff));
        },
        () => expect([received(second).length, floodCount()]).toEqual([100, 2]),
      ];
    });
  });

  test("may come in reads that fill the buffer, one right after the other", async () => {
    await scene(trigger, ({ host, dispatcher }) => {
      const noise = Buffer.alloc(150_000, "@\n");
      return [
        () => send(host, noise),
        () => send(host, '{"a":1}'),
        () => {
          const lines = received(host);
          expect(dispatcher.begun).toEqual(['{"a":1}']);
          expect(lines.length).toBe(101);
          expect(lines.at(-1)).toBe('{"a":1}');
        },
      ];
    });
  });
});

test("a command that waits while its line is lost is answered to nobody, and the next line waits for it", async () => {
  await running((reactor) => {
    const dispatcher = new WaitingDispatcher(reactor);
    const conversation = new Conversation(
      reactor,
      dispatcher as unknown as Dispatcher,
      new ReadMemory(),
      {
        closed() {},
        broken() {},
        unread() {},
        flooded() {},
      },
    );
    const line = () => {
      const [ours, hosts] = socketPair();
      ours.setNonblocking(true);
      hosts.setNonblocking(true);
      conversation.attach({
        fd: ours,
        trigger: "level",
        atEnd: "close",
        atError: "close",
      } as never);
      return hosts;
    };
    const first = line();
    send(first, '{"w":1}');
    whenServed(reactor, () => {
      conversation.close();
      const second = line();
      send(second, '{"a":2}');
      whenServed(reactor, () => {
        expect(received(second)).toEqual([]);
        dispatcher.goOn();
        whenServed(reactor, () => {
          expect(received(second)).toEqual(['{"a":2}']);
          conversation.close();
          reactor.stop();
        });
      });
    });
  });
});
