import { expect, test } from "bun:test";
import { monotonicMs } from "../../native/clock.ts";
import { Fd, WOULD_BLOCK } from "../../native/fd.ts";
import { EPOLLET, EPOLLHUP, EPOLLIN, EPOLLOUT, EPOLLRDHUP, Reactor } from "../../native/reactor.ts";
import { shutdownWrite, socketPair } from "../../native/socket.ts";
import { pipe } from "../../native/spawn.ts";
import { OpenFlag } from "../../native/structs.ts";
import { UseAfterClose } from "../../native/use-after-close.ts";
import { running } from "./running.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);

test("a readable descriptor calls its watcher with the events", async () => {
  const [one, other] = socketPair();
  const seen: number[] = [];
  await running((reactor) => {
    reactor.watch(one, EPOLLIN, (events) => {
      seen.push(events);
      one.tryRead(new Uint8Array(8));
      reactor.stop();
    });
    other.tryWrite(bytesOf("x"));
  });
  expect(seen).toEqual([EPOLLIN]);
  one.close();
  other.close();
});

test("level-triggered calls again until all is read, edge-triggered only for what is new", async () => {
  for (const [mode, calls] of [
    [EPOLLIN, 3],
    [EPOLLIN | EPOLLET, 1],
  ] as const) {
    const [one, other] = socketPair();
    let called = 0;
    await running((reactor) => {
      reactor.watch(one, mode, () => {
        called += 1;
        one.tryRead(new Uint8Array(1));
      });
      other.tryWrite(bytesOf("abc"));
      reactor.timer(300, () => reactor.stop());
    });
    expect(called).toBe(calls);
    one.close();
    other.close();
  }
});

test("a peer that hangs up or stops sending is told", async () => {
  const [one, other] = socketPair();
  const seen: number[] = [];
  await running((reactor) => {
    reactor.watch(one, EPOLLIN | EPOLLRDHUP, (events) => {
      seen.push(events);
      if (seen.length === 1) other.close();
      else reactor.stop();
    });
    shutdownWrite(other);
  });
  expect(seen).toEqual([EPOLLIN | EPOLLRDHUP, EPOLLIN | EPOLLRDHUP | EPOLLHUP]);
  one.close();
});

test("modify changes what is waited for", async () => {
  const [one, other] = socketPair();
  const seen: number[] = [];
  await running((reactor) => {
    const watch = reactor.watch(one, 0, (events) => {
      seen.push(events);
      if (seen.length === 1) watch.modify(EPOLLIN);
      else reactor.stop();
    });
    other.tryWrite(bytesOf("x"));
    reactor.timer(5, () => watch.modify(EPOLLOUT));
  });
  expect(seen).toEqual([EPOLLOUT, EPOLLIN]);
  one.close();
  other.close();
});

test("a closed watch is not called, can be closed again, and cannot be modified", async () => {
  const [one, other] = socketPair();
  let called = 0;
  await running((reactor) => {
    const watch = reactor.watch(one, EPOLLIN, () => {
      called += 1;
    });
    other.tryWrite(bytesOf("x"));
    watch.close();
    watch.close();
    expect(() => watch.modify(EPOLLIN)).toThrow(UseAfterClose);
    // The descriptor itself is open and can be watched anew.
    reactor.watch(one, EPOLLIN, () => reactor.stop());
  });
  expect(called).toBe(0);
  one.close();
  other.close();
});

test("a descriptor is watched once at a time, and a regular file not at all", async () => {
  await running((reactor) => {
    const [one, other] = socketPair();
    reactor.watch(one, EPOLLIN, () => {});
    expect(() => reactor.watch(one, EPOLLOUT, () => {})).toThrow("EEXIST, File exists");
    one.close();
    other.close();
    using file = Fd.open("/proc/self/exe", OpenFlag.O_RDONLY);
    expect(() => reactor.watch(file, EPOLLIN, () => {})).toThrow(
      'Cannot watch "/proc/self/exe": EPERM, Operation not permitted',
    );
    // The failures have left no trace: the next watch works.
    const [reading, writing] = pipe();
    reactor.watch(reading, EPOLLIN, () => {
      reading.close();
      writing.close();
      reactor.stop();
    });
    writing.tryWrite(bytesOf("x"));
  });
});

test("closing a descriptor ends its watch", async () => {
  const [one, other] = socketPair();
  await running((reactor) => {
    const watch = reactor.watch(one, EPOLLIN, () => {
      throw new Error("called for a closed descriptor");
    });
    other.tryWrite(bytesOf("x"));
    one.close();
    watch.close();
    expect(() => watch.modify(EPOLLIN)).toThrow(UseAfterClose);
    reactor.timer(20, () => reactor.stop());
  });
  other.close();
});

test("a watcher closed by another one of the same round is not called", async () => {
  const pairs = [socketPair(), socketPair()] as const;
  const called: number[] = [];
  await running((reactor) => {
    const watches = pairs.map(([one], index) =>
      reactor.watch(one, EPOLLIN, () => {
        called.push(index);
        watches[1 - index]?.close();
        one.tryRead(new Uint8Array(8));
        reactor.timer(20, () => reactor.stop());
      }),
    );
    for (const [, other] of pairs) other.tryWrite(bytesOf("x"));
  });
  expect(called).toHaveLength(1);
  for (const pair of pairs) for (const fd of pair) fd.close();
});

test("a number that is closed and used again in one round gets no event of the one before", async () => {
  const pairs = [socketPair(), socketPair()] as const;
  const called: string[] = [];
  await running((reactor) => {
    pairs.forEach(([one], index) => {
      reactor.watch(one, EPOLLIN, () => {
        called.push("old");
        const [victim, peer] = pairs[1 - index] as (typeof pairs)[0];
        victim.close();
        peer.close();
        one.tryRead(new Uint8Array(8));
        // The new pair gets the two numbers just freed, and the watch the slot just freed. Nothing is readable.
        const [fresh, freshPeer] = socketPair();
        reactor.watch(fresh, EPOLLIN, () => called.push("new"));
        reactor.timer(20, () => {
          fresh.close();
          freshPeer.close();
          reactor.stop();
        });
      });
    });
    for (const [, other] of pairs) other.tryWrite(bytesOf("x"));
  });
  expect(called).toEqual(["old"]);
  for (const fd of pairs.flat()) if (!fd.closed) fd.close();
});

test("what a watcher, a timer or soon throws goes to onError, and the loop goes on", async () => {
  const errors: unknown[] = [];
  const [one, other] = socketPair();
  await running(
    (reactor) => {
      reactor.watch(one, EPOLLIN, () => {
        one.tryRead(new Uint8Array(1));
        throw new Error("watcher");
      });
      reactor.soon(() => {
        throw new Error("soon");
      });
      reactor.timer(200, () => {
        throw new Error("timer");
      });
      reactor.timer(400, () => reactor.stop());
      other.tryWrite(bytesOf("ab"));
    },
    { onError: (error) => errors.push((error as Error).message) },
  );
  expect(errors).toEqual(["watcher", "soon", "watcher", "timer"]);
  one.close();
  other.close();
});

test("what onError throws ends the run", async () => {
  using reactor = new Reactor({
    onError: (error) => {
      throw error;
    },
  });
  reactor.timer(0, () => {
    throw new Error("fatal");
  });
  await expect(reactor.run()).rejects.toThrow("fatal");
});

test("timers fire in order, not early, and not when cancelled", async () => {
  const fired: string[] = [];
  const started = monotonicMs();
  await running((reactor) => {
    const note = (name: string, dueMs: number) => () => {
      if (monotonicMs() - started < dueMs) fired.push("early");
      fired.push(name);
    };
    reactor.timer(30, note("c", 30));
    reactor.timer(10, note("a", 10));
    const cancelled = reactor.timer(15, note("cancelled", 15));
    reactor.timer(20, () => {
      note("b", 20)();
      reactor.timer(15, () => {
        note("d", 35)();
        reactor.stop();
      });
    });
    reactor.timer(-5, note("first", 0));
    cancelled.cancel();
  });
  expect(fired).toEqual(["first", "a", "b", "c", "d"]);
});

test("a timer that sets itself again does not keep descriptors waiting", async () => {
  const [one, other] = socketPair();
  await running((reactor) => {
    const again = (): void => {
      reactor.timer(0, again);
    };
    again();
    reactor.watch(one, EPOLLIN, () => reactor.stop());
    reactor.timer(5, () => other.tryWrite(bytesOf("x")));
  });
  one.close();
  other.close();
});

test("soon comes without anything else to wake for", async () => {
  const started = monotonicMs();
  await running((reactor) => {
    reactor.soon(() => reactor.soon(() => reactor.stop()));
  });
  // Waiting for the timer that guards this test would take seconds.
  expect(monotonicMs() - started).toBeLessThan(2000);
});

test("soon comes before the next wait, and one that asks again does not keep descriptors waiting", async () => {
  const [one, other] = socketPair();
  await running((reactor) => {
    const again = (): void => reactor.soon(again);
    again();
    reactor.watch(one, EPOLLIN, () => reactor.stop());
    reactor.timer(5, () => other.tryWrite(bytesOf("x")));
  });
  one.close();
  other.close();
});

test("held promises get on: microtasks, immediates, the runtime's timers and its threads", async () => {
  const steps: string[] = [];
  await running((reactor) => {
    reactor.hold(
      (async () => {
        await null;
        steps.push("microtask");
        await new Promise<void>((resolve) => setImmediate(resolve));
        steps.push("immediate");
        await Bun.sleep(5);
        steps.push("timer");
        await Bun.file("/proc/self/status").text();
        steps.push("thread");
        await new Promise<void>((resolve) => reactor.timer(5, resolve));
        steps.push("reactor timer");
        reactor.stop();
      })(),
    );
  });
  expect(steps).toEqual(["microtask", "immediate", "timer", "thread", "reactor timer"]);
});

test("a held promise that rejects goes to onError", async () => {
  const errors: unknown[] = [];
  await running(
    (reactor) => {
      reactor.hold(Promise.reject(new Error("held")));
      reactor.timer(20, () => reactor.stop());
    },
    { onError: (error) => errors.push((error as Error).message) },
  );
  expect(errors).toEqual(["held"]);
});

test("descriptors are served while a promise is held", async () => {
  const [one, other] = socketPair();
  const order: string[] = [];
  await running((reactor) => {
    reactor.watch(one, EPOLLIN, () => {
      order.push("descriptor");
      one.tryRead(new Uint8Array(8));
    });
    reactor.hold(
      (async () => {
        await Bun.sleep(30);
        order.push("promise");
        reactor.stop();
      })(),
    );
    reactor.timer(5, () => other.tryWrite(bytesOf("x")));
  });
  expect(order).toEqual(["descriptor", "promise"]);
  one.close();
  other.close();
});

test("it stops when told, can run again, and not twice at a time", async () => {
  const reactor = new Reactor({ onError: (error) => expect(error).toBeUndefined() });
  reactor.timer(0, () => reactor.stop());
  await reactor.run();
  let rejected: Promise<void> | undefined;
  reactor.timer(0, () => {
    rejected = reactor.run();
    rejected.catch(() => {});
    reactor.stop();
  });
  await reactor.run();
  expect(rejected).rejects.toThrow("running already");
  reactor.close();
});

test("descriptors outlive the reactor and close without it", () => {
  const [one, other] = socketPair();
  const reactor = new Reactor({ onError: () => {} });
  const watch = reactor.watch(one, EPOLLIN, () => {});
  reactor.close();
  watch.close();
  expect(one.tryRead(new Uint8Array(1))).toBe(WOULD_BLOCK);
  one.close();
  other.close();
});

test("a descriptor with an open watch closes after its reactor", () => {
  const [one, other] = socketPair();
  const reactor = new Reactor({ onError: () => {} });
  reactor.watch(one, EPOLLIN, () => {});
  reactor.close();
  one.close();
  expect(one.closed).toBe(true);
  other.close();
});

test("a promise that a callback settles is gone on with before the next wait", async () => {
  const seen: string[] = [];
  await running((reactor) => {
    const later = reactor.promise<string>((resolve) => {
      reactor.timer(1, () => resolve("settled"));
    });
    void (async () => {
      seen.push(await later);
      // A whole chain of promises, of which the loop knows nothing.
      for (let link = 0; link < 20; link++) await Promise.resolve();
      seen.push("end of the chain");
      reactor.stop();
    })();
  });
  expect(seen).toEqual(["settled", "end of the chain"]);
});

test("a rejected promise is gone on with as well", async () => {
  const seen: unknown[] = [];
  await running((reactor) => {
    reactor
      .promise((_, reject) => reactor.timer(1, () => reject(new Error("refused"))))
      .catch((error: Error) => {
        seen.push(error.message);
        reactor.stop();
      });
  });
  expect(seen).toEqual(["refused"]);
});
