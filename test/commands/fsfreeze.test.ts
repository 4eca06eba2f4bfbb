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
import type { CommandContext } from "../../src/commands/context.ts";
import {
  guestFsfreezeFreeze,
  guestFsfreezeStatus,
  guestFsfreezeThaw,
} from "../../src/commands/fsfreeze.ts";
import { runHook } from "../../src/commands/fsfreeze-hook.ts";
import { HeldFileSystems } from "../../src/linux/held-file-systems.ts";
import { Scratch } from "../agent/scratch.ts";

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
  readonly held = new HeldFileSystems();

  constructor() {
    mkdirSync(this.file("proc/self"), { recursive: true });
    writeFileSync(this.file("proc/self/mountinfo"), "22 27 0:21 / /proc rw - proc proc rw\n");
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
    const agent = this;
    const { events } = this;
    return {
      root: this.#scratch.path,
      reactor: this.#reactor,
      environment: {},
      fsfreezeHook: this.hook === null ? null : { path: this.hook, deadlineMs: this.deadlineMs },
      audit: (text: string) => events.push(text),
      freezing: {
        held: agent.held,
        get isFrozen() {
          return agent.isFrozen;
        },
        enter() {
          if (!agent.canMark) throw new SysError("open", enoent, "the mark");
          agent.isFrozen = true;
          events.push("enter");
        },
        leave() {
          agent.isFrozen = false;
          events.push("leave");
        },
        uninterrupted: (act: () => Promise<unknown>) => act(),
      },
    } as unknown as CommandContext;
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

function isRunning(pid: string): boolean {
  if (!existsSync(`/proc/${pid}/stat`)) return false;
  return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
}
