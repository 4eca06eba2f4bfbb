import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import { SysError } from "../../native/errno.ts";
import { Fd } from "../../native/fd.ts";
import { Reactor } from "../../native/reactor.ts";
import type { CommandContext, Freezing } from "../../src/commands/context.ts";
import {
  guestFsfreezeFreeze,
  guestFsfreezeStatus,
  guestFsfreezeThaw,
} from "../../src/commands/fsfreeze.ts";
import { runHook } from "../../src/commands/fsfreeze-hook.ts";
import type { FreezeLease } from "../../src/linux/freeze-lease.ts";
import { HeldFileSystems } from "../../src/linux/held-file-systems.ts";
import { Scratch } from "../agent/scratch.ts";
import { FakeStandIn } from "../linux/outside/fake-stand-in.ts";

const enoent = 2;
const isRoot = process.getuid?.() === 0;
const somebody = 65534;

/** An agent on a recorded guest without file systems on devices: nothing of this machine can be frozen by it. */
class Agent implements Disposable {
  readonly #scratch = new Scratch();
  readonly #reactor = new Reactor({
    onError: (error) => {
      throw error;
    },
  });
  readonly events: string[] = [];
  isFrozen = false;
  canMark = true;
  hook: string | null = null;
  deadlineMs = 60_000;
  leaseSeconds: number | null = null;
  freezeSecondsMax = 8;
  program: readonly string[] = ["/nonexistent"];
  readonly held = new HeldFileSystems();
  readonly #freezing = this.#makeFreezing();
  #endedLeaseSeconds: number | null = null;

  constructor() {
    mkdirSync(this.file("proc/self"), { recursive: true });
    this.mount("22 27 0:21 / /proc rw - proc proc rw");
  }

  mount(...lines: string[]): void {
    writeFileSync(this.file("proc/self/mountinfo"), lines.map((line) => `${line}\n`).join(""));
  }

  /** A shell script that says that it has frozen. */
  standIn(answers: Readonly<Record<string, string>> = {}): FakeStandIn {
    const fake = new FakeStandIn(this.#scratch, {
      open: "echo opened /dev/null",
      freeze: "echo frozen",
      thaw: "echo thawed",
      ...answers,
    });
    this.program = fake.program;
    return fake;
  }

  file(name: string): string {
    return this.#scratch.file(name);
  }

  withoutMounts(): void {
    rmSync(this.file("proc/self/mountinfo"));
  }

  /** Makes the hook: the calls are in `calls`. */
  writeHook(text: string): void {
    this.hook = this.file("hook");
    writeFileSync(this.hook, `#!/bin/sh\necho "$1" >>${this.file("calls")}\n${text}\n`);
    chmodSync(this.hook, 0o755);
  }

  get calls(): string[] {
    const path = this.file("calls");
    return existsSync(path) ? readFileSync(path, "utf8").trim().split("\n") : [];
  }

  get context(): CommandContext {
    const { events } = this;
    return {
      root: this.#scratch.path,
      reactor: this.#reactor,
      environment: {},
      fsfreezeHook: this.hook === null ? null : { path: this.hook, deadlineMs: this.deadlineMs },
      audit: (text: string) => events.push(text),
      outside: {
        program: this.program,
        freezeSecondsMax: this.freezeSecondsMax,
        leaseSeconds: this.leaseSeconds,
        trimSecondsMax: 8,
      },
      freezing: this.#freezing,
    } as unknown as CommandContext;
  }

  #makeFreezing(): Freezing {
    const agent = this;
    return {
      held: agent.held,
      crew: null,
      lease: null as FreezeLease | null,
      markPath: "/mark",
      notePath: "/note",
      get isFrozen() {
        return agent.isFrozen;
      },
      enter(lease: FreezeLease | null) {
        if (!agent.canMark) throw new SysError("open", enoent, "the mark");
        agent.isFrozen = true;
        (this as { lease: FreezeLease | null }).lease = lease;
        agent.events.push("enter");
      },
      leave() {
        agent.isFrozen = false;
        this.lease?.timer?.cancel();
        (this as { lease: FreezeLease | null }).lease = null;
        agent.events.push("leave");
      },
      noteLeaseEnd(seconds) {
        agent.#endedLeaseSeconds = seconds;
      },
      takeLeaseEnd() {
        const seconds = agent.#endedLeaseSeconds;
        agent.#endedLeaseSeconds = null;
        return seconds;
      },
      uninterrupted: (act) => act(),
    };
  }

  /** Has the loop run until a line is written to the system log, or until something is so. */
  async until(what: string | (() => boolean)): Promise<void> {
    const isSo = typeof what === "string" ? () => this.events.includes(what) : what;
    const looked = (async () => {
      while (!isSo()) await Bun.sleep(1);
    })();
    this.#reactor.hold(looked.then(() => this.#reactor.stop()));
    await this.#reactor.run();
  }

  /** Has the loop run until it is settled; the text of an error, or the value. */
  async outcome(start: (context: CommandContext) => unknown): Promise<unknown> {
    const outcome = Promise.resolve(start(this.context)).catch((error: Error) => error.message);
    this.#reactor.hold(outcome.then(() => this.#reactor.stop()));
    await this.#reactor.run();
    return outcome;
  }

  [Symbol.dispose](): void {
    for (const each of this.held.fileSystems) this.held.release(each);
    this.#reactor.close();
    this.#scratch[Symbol.dispose]();
  }
}

describe("a guest with nothing to freeze", () => {
  let agent: Agent;
  beforeEach(() => {
    agent = new Agent();
  });
  afterEach(() => agent[Symbol.dispose]());

  const freeze = () => agent.outcome((context) => guestFsfreezeFreeze.run({}, context));
  const thaw = () => agent.outcome((context) => guestFsfreezeThaw.run({}, context));

  test("is thawed before and after", async () => {
    expect(guestFsfreezeStatus.run({}, agent.context)).toBe("thawed");
    expect(await freeze()).toBe(0);
    expect(agent.events).toEqual(["guest-fsfreeze called", "enter", "leave"]);
    expect(guestFsfreezeStatus.run({}, agent.context)).toBe("thawed");
    expect(await thaw()).toBe(0);
  });

  test("has its hook called for both", async () => {
    agent.writeHook("exit 0");
    expect(await freeze()).toBe(0);
    expect(agent.calls).toEqual(["freeze", "thaw"]);
    expect(agent.events).toEqual([
      "guest-fsfreeze called",
      "executing fsfreeze hook with arg 'freeze'",
      "enter",
      "leave",
      "executing fsfreeze hook with arg 'thaw'",
    ]);
  });

  test("is not marked when the hook fails, which is undone even so", async () => {
    agent.writeHook('echo "no $1"; exit 1');
    expect(await freeze()).toBe("child process has failed to execute fsfreeze hook: no freeze\n");
    expect(agent.calls).toEqual(["freeze", "thaw"]);
    expect(agent.events).not.toContain("enter");
    expect(agent.events.at(-1)).toBe(
      "fsfreeze hook failed with arg 'thaw': child process has failed to execute fsfreeze hook: no thaw\n",
    );
  });

  test("has its hook undone when the mark cannot be made", async () => {
    agent.writeHook("exit 0");
    agent.canMark = false;
    expect(await freeze()).toBe("failed to mark file systems as frozen: No such file or directory");
    expect(agent.calls).toEqual(["freeze", "thaw"]);
  });

  test("has its hook undone when the mounts cannot be read", async () => {
    agent.writeHook("exit 0");
    agent.withoutMounts();
    expect(await freeze()).toBe(
      "failed to open mtab file: '/proc/self/mounts': No such file or directory",
    );
    expect(agent.calls).toEqual(["freeze", "thaw"]);
    expect(agent.events).not.toContain("enter");
  });

  test("stays frozen while the mounts cannot be read", async () => {
    agent.writeHook("exit 0");
    agent.isFrozen = true;
    agent.withoutMounts();
    expect(await thaw()).toBe(
      "failed to open mtab file: '/proc/self/mounts': No such file or directory",
    );
    expect(agent.isFrozen).toBe(true);
    expect(agent.calls).toEqual([]);
  });

  test("tells of a file system that cannot be thawed, rather than of the hook, which is called all the same", async () => {
    // open(2): of such a descriptor ioctl(2) says EBADF.
    const O_PATH = 0o10000000;
    const mount = { major: 240, minor: 1, mountPoint: "/a", type: "ext4", source: "/dev/x" };
    agent.held.hold({ ...mount, mounts: [mount] }, Fd.open("/dev/null", O_PATH));
    agent.isFrozen = true;
    agent.writeHook('echo "no $1"; exit 1');
    expect(await thaw()).toBe("failed to thaw /a: Bad file descriptor");
    expect(agent.isFrozen).toBe(false);
    expect(agent.calls).toEqual(["thaw"]);
    expect(agent.events).toEqual([
      "leave",
      "guest-fsthaw called",
      "failed to thaw /a: Bad file descriptor",
      "executing fsfreeze hook with arg 'thaw'",
      "fsfreeze hook failed with arg 'thaw': child process has failed to execute fsfreeze hook: no thaw\n",
    ]);
  });

  test.each<[string, (hook: string, folder: string) => void]>([
    ["anybody can write to it", (hook) => chmodSync(hook, 0o757)],
    ["anybody can write to its folder", (_, folder) => chmodSync(folder, 0o777)],
    ...(isRoot
      ? ([
          [`user ${somebody} is its owner`, (hook) => chownSync(hook, somebody, 0)],
          [
            `user ${somebody} is the owner of its folder`,
            (_, folder) => chownSync(folder, somebody, 0),
          ],
          [
            `group ${somebody} can write to it`,
            (hook) => {
              chownSync(hook, 0, somebody);
              chmodSync(hook, 0o775);
            },
          ],
        ] as [string, (hook: string, folder: string) => void][])
      : []),
  ])("has no hook run where %s", async (reason, spoil) => {
    agent.writeHook("exit 0");
    const hook = agent.hook as string;
    spoil(hook, dirname(hook));
    expect(await freeze()).toBe(`refusing to execute fsfreeze hook '${hook}': ${reason}`);
    expect(agent.calls).toEqual([]);
  });

  test("does not wait for ever for its hook, nor for what the hook started", async () => {
    agent.writeHook(`sleep 1000 & echo $! >${agent.file("child")}; echo waiting; wait`);
    agent.deadlineMs = 300;
    expect(await agent.outcome((context) => runHook(context, "freeze"))).toMatch(
      /^child process has failed to execute fsfreeze hook: no end after 0.3 s/,
    );
    if (existsSync(agent.file("child"))) {
      const child = readFileSync(agent.file("child"), "utf8").trim();
      while (isRunning(child)) await Bun.sleep(1);
    }
  });
});

describe("a guest with two file systems", () => {
  let agent: Agent;
  let minor = 2000;
  beforeEach(() => {
    agent = new Agent();
    // Of devices of their own, since what is stuck is remembered.
    minor += 2;
    agent.mount(
      `30 1 240:${minor} / /a rw - ext4 /dev/x rw`,
      `31 1 240:${minor + 1} / /b rw - ext4 /dev/y rw`,
    );
  });
  afterEach(() => agent[Symbol.dispose]());

  const lease = "__org.guestwire_timeout";
  const freeze = (seconds?: bigint) =>
    agent.outcome((context) =>
      guestFsfreezeFreeze.run(seconds === undefined ? {} : { [lease]: seconds }, context),
    );
  const thaw = () => agent.outcome((context) => guestFsfreezeThaw.run({}, context));
  const ended = (seconds: number) =>
    `the freeze ended by itself after ${seconds} s: what was made of the disks since then cannot be trusted`;

  test("is frozen and thawed by processes of its own, and without a lease for ever", async () => {
    const fake = agent.standIn();
    expect(await freeze()).toBe(2);
    expect(agent.held.fileSystems.map(({ mountPoint }) => mountPoint)).toEqual(["/a", "/b"]);
    expect(await thaw()).toBe(2);
    expect(agent.held.fileSystems).toEqual([]);
    expect(fake.orders.filter((order) => order.startsWith("lease"))).toEqual([]);
  });

  test("thaws by itself when its lease ends, runs the hook, and says so to the next thaw alone", async () => {
    agent.standIn();
    agent.leaseSeconds = 1;
    agent.writeHook("exit 0");
    expect(await freeze()).toBe(2);
    await agent.until("guest-fsthaw called");
    expect(agent.isFrozen).toBe(false);
    expect(agent.events).toContain("the freeze ends by itself after 1 s");
    expect(await thaw()).toBe(ended(1));
    // The hook of the lease's end may take longer than that of the command.
    await agent.until(() => agent.calls.length >= 3);
    expect(agent.calls).toEqual(["freeze", "thaw", "thaw"]);
    expect(await thaw()).toBe(2);
  });

  test("is not told of a freeze that ended by itself when there was another one since", async () => {
    agent.standIn();
    expect(await freeze(1n)).toBe(2);
    await agent.until("guest-fsthaw called");
    expect(await freeze()).toBe(2);
    expect(await thaw()).toBe(2);
  });

  test("lets the host choose another lease, or none", async () => {
    const fake = agent.standIn();
    agent.leaseSeconds = 600;
    const leases = () =>
      fake.orders.flatMap((order) => /^lease \d+(?:\.\d+)? (\d+) /.exec(order)?.[1] ?? []);
    expect(await freeze(300n)).toBe(2);
    expect(agent.context.freezing.lease?.seconds).toBe(300);
    expect(await thaw()).toBe(2);
    expect(await freeze()).toBe(2);
    expect(await thaw()).toBe(2);
    expect(await freeze(0n)).toBe(2);
    expect(agent.context.freezing.lease).toBeNull();
    expect(await thaw()).toBe(2);
    expect(leases()).toEqual(["300", "600"]);
    for (const bad of [-1n, 1_000_000n]) {
      const message = `Parameter '${lease}' expects seconds from 0 to 999999`;
      expect(() => guestFsfreezeFreeze.run({ [lease]: bad }, agent.context)).toThrow(message);
    }
  });

  test("fails a freeze that has no end in time, and thaws what it had frozen", async () => {
    const fake = agent.standIn({
      freeze: 'set -- $rest; if [ "$5" = /a ]; then sleep 3; fi; echo frozen',
    });
    agent.freezeSecondsMax = 0.5;
    expect(await freeze()).toBe("failed to freeze /a: no end after 0.5 s");
    expect(agent.isFrozen).toBe(false);
    expect(agent.held.fileSystems).toEqual([]);
    const thaws = fake.orders.filter((order) => order.startsWith("thaw "));
    expect(thaws).toEqual([expect.stringContaining(" /b ")]);
  });

  test("is left alone when nobody can be started to freeze it", async () => {
    expect(await freeze()).toBe("failed to prepare a freeze: No such file or directory");
    expect(agent.events).not.toContain("enter");
  });

  test("is left alone when its lease cannot be guarded", async () => {
    const fake = agent.standIn({ lease: "echo failed open 2" });
    expect(await freeze(60n)).toBe("failed to prepare a freeze: No such file or directory");
    expect(agent.isFrozen).toBe(false);
    expect(agent.held.fileSystems).toEqual([]);
    expect(fake.orders.filter((order) => /^(?:freeze|thaw)/.test(order))).toEqual([]);
  });
});

function isRunning(pid: string): boolean {
  if (!existsSync(`/proc/${pid}/stat`)) return false;
  return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
}
