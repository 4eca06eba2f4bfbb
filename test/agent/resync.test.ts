/** A host that has given up on a command sends 0xFF and a sync, and is answered whatever is under way. */
import { describe, expect, test } from "bun:test";
import type { Fd } from "../../native/fd.ts";
import { shutdownWrite } from "../../native/socket.ts";
import { waitingBytesMax, waitingRequestsMax } from "../../src/agent/backlog.ts";
import { isResync, resyncBytesMax } from "../../src/agent/resync.ts";
import { received, type Scene, scene, send } from "./scene.ts";

const stray = "JSON parse error, stray '\uFFFD'";

function sync(id: number): string {
  return `{"execute":"guest-sync-delimited","arguments":{"id":${id}}}`;
}

function anew(text: string): Uint8Array {
  return Buffer.concat([Buffer.from([0xff]), Buffer.from(text)]);
}

/** Steps that do nothing: the loop goes round. */
function rounds(count: number): (() => void)[] {
  return Array.from({ length: count }, () => () => {});
}

describe.each(["level", "edge"] as const)("while a command waits, on a line by %s", (trigger) => {
  const play = (steps: (scene: Scene) => (() => void)[]) => () => scene(trigger, steps);

  test(
    "0xFF and a sync are answered at once, and the command's reply to nobody",
    play(({ dispatcher, host, unreadBytes }) => [
      () => send(host, '{"w":1}'),
      () => send(host, anew(sync(7))),
      () => expect(received(host)).toEqual([stray, sync(7)]),
      () => dispatcher.goOn(),
      () => {
        expect(received(host)).toEqual([]);
        expect(unreadBytes()).toBeGreaterThan(0);
        send(host, '{"a":2}');
      },
      () => expect(received(host)).toEqual(['{"a":2}']),
    ]),
  );

  test(
    "the sync may come in single bytes, and behind half a request",
    play(({ dispatcher, host }) => [
      () => send(host, '{"w":1}{"half": [1, "two'),
      ...[...anew(sync(7))].map((byte) => () => send(host, new Uint8Array([byte]))),
      () => {
        const replies = received(host);
        expect(replies.at(-1)).toBe(sync(7));
        expect(replies).not.toContain('{"w":1}');
        dispatcher.goOn();
      },
      () => expect(received(host)).toEqual([]),
    ]),
  );

  test(
    "a sync without 0xFF keeps its turn",
    play(({ dispatcher, host }) => [
      () => send(host, `{"w":1}${sync(7)}`),
      () => expect(received(host)).toEqual([]),
      () => dispatcher.goOn(),
      () => expect(received(host)).toEqual(['{"w":1}', sync(7)]),
    ]),
  );

  test(
    "what follows the sync keeps its turn, and is answered",
    play(({ dispatcher, host }) => [
      () => send(host, '{"w":1}'),
      () => send(host, anew(`${sync(7)}{"a":2}${sync(8)}`)),
      () => expect(received(host)).toEqual([stray, sync(7)]),
      () => dispatcher.goOn(),
      () => expect(received(host)).toEqual(['{"a":2}', sync(8)]),
    ]),
  );

  test(
    "a request in front of 0xFF is carried out in its turn, and answered to nobody",
    play(({ dispatcher, host }) => [
      () => send(host, '{"w":1}{"a":2}{"w":3}'),
      () => send(host, anew(`${sync(7)}{"b":4}`)),
      () => expect(received(host)).toEqual([stray, sync(7)]),
      () => dispatcher.goOn(),
      () => {
        expect(dispatcher.begun.slice(-2)).toEqual(['{"a":2}', '{"w":3}']);
        expect(received(host)).toEqual([]);
      },
      () => dispatcher.goOn(),
      () => expect(received(host)).toEqual(['{"b":4}']),
    ]),
  );

  test(
    "it can be done again and again",
    play(({ dispatcher, host }) => [
      () => send(host, '{"w":1}'),
      ...Array.from({ length: 20 }, (_, id) => [
        () => send(host, anew(`${sync(id)}{"n":${id}}`)),
        () => expect(received(host)).toEqual([stray, sync(id)]),
      ]).flat(),
      () => dispatcher.goOn(),
      ...rounds(20),
      () => {
        expect(received(host)).toEqual(['{"n":19}']);
        expect(dispatcher.begun.filter((text) => text.startsWith('{"n"')).length).toBe(20);
      },
    ]),
  );

  test(
    "a command that waits behind the one given up is answered",
    play(({ dispatcher, host }) => [
      () => send(host, '{"w":1}'),
      () => send(host, anew(`${sync(7)}{"w":2}`)),
      () => dispatcher.goOn(),
      () => expect(received(host)).toEqual([stray, sync(7)]),
      () => dispatcher.goOn(),
      () => expect(received(host)).toEqual(['{"w":2}']),
    ]),
  );

  test(
    "errors that come behind it are told in their turn",
    play(({ dispatcher, host }) => [
      () => send(host, '{"w":1}@{"a":2}'),
      () => expect(received(host)).toEqual([]),
      () => dispatcher.goOn(),
      () => expect(received(host)).toEqual(['{"w":1}', "JSON parse error, stray '@'", '{"a":2}']),
    ]),
  );

  test(
    "noise does not hide the sync, however much it is",
    play(({ dispatcher, host, floodCount }) => [
      () => send(host, '{"w":1}'),
      ...Array.from({ length: 20 }, () => () => send(host, Buffer.alloc(100_000, "@\n"))),
      ...rounds(5),
      () => send(host, anew(sync(7))),
      ...rounds(3),
      () => {
        expect(received(host).at(-1)).toBe(sync(7));
        expect(floodCount()).toBe(1);
        dispatcher.goOn();
      },
      () => expect(received(host)).toEqual([]),
    ]),
  );

  test(
    "so many requests wait, and the others in the line until then",
    play(({ dispatcher, host }) => {
      const requests = Array.from({ length: waitingRequestsMax + 50 }, (_, n) => `{"n":${n}}`);
      return [
        () => send(host, `{"w":1}${requests.join("")}`),
        ...rounds(5),
        () => expect(dispatcher.begun.length).toBe(1),
        () => dispatcher.goOn(),
        ...rounds(60),
        () => expect(received(host)).toEqual(['{"w":1}', ...requests]),
      ];
    }),
  );

  test(
    "so many bytes of requests wait",
    play(({ dispatcher, host }) => {
      const long = `{"long":"${"y".repeat(100_000)}"}`;
      const count = Math.ceil(waitingBytesMax / long.length);
      let refused = 0;
      return [
        () => send(host, '{"w":1}'),
        ...Array.from({ length: count + 10 }, () => () => {
          if ((host.tryWrite(Buffer.from(long)) as number) < long.length) refused++;
        }),
        () => {
          expect(refused).toBeGreaterThan(0);
          dispatcher.goOn();
        },
      ];
    }),
  );
});

test("a host that leaves does not keep the next one waiting", async () => {
  await scene("level", ({ dispatcher, host, attach, closedCount }) => {
    let second: Fd;
    return [
      () => send(host, '{"w":1}{"a":2}'),
      () => host.close(),
      () => {
        expect(closedCount()).toBe(1);
        second = attach("level", "close");
        send(second, anew(`${sync(7)}{"b":3}`));
      },
      () => {
        expect(received(second)).toEqual([stray, sync(7)]);
        expect(dispatcher.begun).not.toContain('{"a":2}');
        dispatcher.goOn();
      },
      () => {
        expect(dispatcher.begun).toContain('{"a":2}');
        expect(received(second)).toEqual(['{"b":3}']);
      },
    ];
  });
});

test("a host that only says no more is answered to the end", async () => {
  await scene("level", ({ dispatcher, host, closedCount }) => [
    () => send(host, '{"w":1}{"w":2}{"a":3}'),
    () => shutdownWrite(host),
    () => dispatcher.goOn(),
    () => expect(closedCount()).toBe(0),
    () => dispatcher.goOn(),
    () => {
      expect(received(host)).toEqual(['{"w":1}', '{"w":2}', '{"a":3}']);
      expect(closedCount()).toBe(1);
    },
  ]);
});

test.each([
  [sync(1), true],
  ['{"execute":"guest-sync","arguments":{"id":1}}', true],
  ["{'execute':'guest-sync-delimited','arguments':{'id':1},'id':5}", true],
  ['{"execute":"guest-ping"}', false],
  ['{"execute":"guest-sync-delimited","more":1}', false],
  ['{"execute":1}', false],
  ["[1]", false],
  [`{"execute":"guest-sync","id":"${"i".repeat(resyncBytesMax)}"}`, false],
])("%s asks to be in sync: %p", (text, expected) => {
  expect(isResync(Buffer.from(text))).toBe(expected);
});
