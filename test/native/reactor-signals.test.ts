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

test("a signal that came before the runtime's sets are joined runs its handler when they are", async () => {
  const order: string[] = [];
  await running(
    (reactor) => {
      process.once("SIGUSR1", () => {
        order.push("signal");
        reactor.stop();
      });
      kill(process.pid, Signal.SIGUSR1);
      reactor.timer(5, () => {
        order.push("joined");
        reactor.joinRuntime();
        reactor.joinRuntime();
      });
    },
    { joinsLater: true },
  );
  expect(order).toEqual(["joined", "signal"]);
}, 20_000);

const ownMounts = ["unshare", "--mount"];
const cannotHide =
  Bun.spawnSync([...ownMounts, "mount", "-t", "tmpfs", "none", "/proc"]).exitCode !== 0;

test.skipIf(cannotHide)(
  "without /proc a signal during the wait runs its handler all the same (needs unshare --mount)",
  async () => {
    const command = [...ownMounts, process.execPath, idleChild, "0", "hide-proc"];
    await using child = Bun.spawn(command, { stdio: ["ignore", "pipe", "inherit"] });
    const reader = child.stdout.getReader();
    expect(Buffer.from((await reader.read()).value ?? []).toString()).toBe("waiting\n");
    // A signal that comes before the wait begins is lost here, so it is sent until it is heard.
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
