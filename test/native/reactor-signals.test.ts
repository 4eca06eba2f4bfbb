import { expect, test } from "bun:test";
import { join } from "node:path";
import { epollNumbers } from "../../native/bun-loop.ts";
import { monotonicMs } from "../../native/clock.ts";
import { EpollSet } from "../../native/epoll-set.ts";
import { kill } from "../../native/spawn.ts";
import { Signal } from "../../native/structs.ts";
import { running } from "./running.ts";

const child = join(import.meta.dirname, "children/signal-before-wait.ts");
const idleChild = join(import.meta.dirname, "children/idle-reactor.ts");

test("the runtime's epoll sets are found, and ours is one more while it is open", () => {
  const before = epollNumbers();
  expect(before.length).toBeGreaterThan(0);
  const set = new EpollSet(() => {});
  const [ours, ...others] = epollNumbers().filter((number) => !before.includes(number));
  expect(others).toEqual([]);
  expect(EpollSet.isOne(ours as number)).toBe(true);
  expect(before.some((number) => EpollSet.isOne(number))).toBe(false);
  set.close();
  expect(EpollSet.isOne(ours as number)).toBe(false);
});

test("a signal during the wait runs its handler", async () => {
  let handled = 0;
  const onSignal = (): void => {
    handled += 1;
  };
  process.on("SIGUSR1", onSignal);
  await running((reactor) => {
    const sender = Bun.spawn(["sh", "-c", `sleep 0.05; kill -USR1 ${process.pid}`]);
    process.once("SIGUSR1", () => reactor.stop());
    reactor.hold(sender.exited);
  });
  process.off("SIGUSR1", onSignal);
  expect(handled).toBe(1);
});

test("a signal that comes while JavaScript is busy, just before the wait, runs its handler", async () => {
  const rounds = 200;
  await using process = Bun.spawn([globalThis.process.execPath, child, "SIGUSR1", String(rounds)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  expect(await process.stdout.text()).toBe(`handled ${rounds}\n`);
  expect(await process.exited).toBe(0);
}, 20_000);

const noProc = ["unshare", "--mount", "sh", "-c", 'mount -t tmpfs none /proc && exec "$@"', "sh"];
const cannotHide = Bun.spawnSync([...noProc, "true"]).exitCode !== 0;

test.skipIf(cannotHide)(
  "without /proc a signal during the wait runs its handler all the same (needs unshare --mount)",
  async () => {
    const command = [...noProc, process.execPath, idleChild, "0"];
    await using child = Bun.spawn(command, { stdio: ["ignore", "pipe", "inherit"] });
    const reader = child.stdout.getReader();
    expect(Buffer.from((await reader.read()).value ?? []).toString()).toBe("waiting\n");
    // It may be a moment until it waits, and a signal before that would be lost without /proc: sent until it ends.
    const sender = setInterval(() => child.kill("SIGTERM"), 20);
    expect(await child.exited).toBe(0);
    clearInterval(sender);
  },
  20_000,
);

test("a signal in a callback runs its handler before a later timer", async () => {
  const order: string[] = [];
  process.once("SIGUSR1", () => order.push("signal"));
  await running((reactor) => {
    reactor.timer(5, () => {
      kill(process.pid, Signal.SIGUSR1);
      for (const until = monotonicMs() + 5; monotonicMs() < until; );
      reactor.timer(30, () => {
        order.push("timer");
        reactor.stop();
      });
    });
  });
  expect(order).toEqual(["signal", "timer"]);
});
