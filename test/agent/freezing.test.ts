import { describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { monotonicMs } from "../../native/clock.ts";
import { FrozenState } from "../../src/agent/freezing.ts";
import { FrozenMark } from "../../src/agent/frozen-mark.ts";
import { Log } from "../../src/agent/log.ts";
import { Scratch } from "./scratch.ts";

class Fixture implements Disposable {
  readonly #scratch = new Scratch();
  readonly mark: FrozenMark;
  readonly logFile = this.#scratch.file("log");
  readonly state: FrozenState;
  readonly log: Log;
  readonly stderr: string[] = [];

  constructor(isFrozen: boolean) {
    mkdirSync(this.#scratch.file("state"));
    this.mark = new FrozenMark(this.#scratch.file("state"));
    if (isFrozen) this.mark.create(null);
    this.log = new Log(
      { verbose: true, file: this.logFile, isFrozen },
      { stderr: (line) => this.stderr.push(line), syslog: () => {}, nowUs: () => 0n },
    );
    this.state = new FrozenState(this.mark, this.log, isFrozen);
  }

  loseStateFolder(): void {
    rmSync(this.#scratch.file("state"), { recursive: true });
  }

  get logged(): string {
    return readFileSync(this.logFile, "utf8");
  }

  [Symbol.dispose](): void {
    this.log.close();
    this.#scratch[Symbol.dispose]();
  }
}

describe("FrozenState", () => {
  test("is marked on disk and keeps the log quiet, until it is left", () => {
    using fixture = new Fixture(false);
    const { state, mark, log } = fixture;
    state.enter(null);
    expect([state.isFrozen, mark.exists()]).toEqual([true, true]);
    log.info("held");
    expect(fixture.logged).toBe("");
    state.leave();
    expect([state.isFrozen, mark.exists()]).toEqual([false, false]);
    expect(fixture.logged).toContain("info: held\n");
    expect(fixture.logged).toContain("warning: logging re-enabled due to filesystem unfreeze\n");
    const before = fixture.logged;
    state.leave();
    expect(fixture.logged).toBe(before);
  });

  test("is not entered without the mark", () => {
    using fixture = new Fixture(false);
    fixture.loseStateFolder();
    expect(() => fixture.state.enter(null)).toThrow("No such file or directory");
    expect(fixture.state.isFrozen).toBe(false);
    fixture.log.info("not held");
    expect(fixture.logged).toContain("not held");
  });

  test("found at the start, it defers what writes until the thaw, the log file first", () => {
    using fixture = new Fixture(true);
    const done: string[] = [];
    fixture.state.whenThawed(() => {
      throw new Error("no pid file");
    });
    fixture.state.whenThawed(() => done.push(`log file: ${existsSync(fixture.logFile)}`));
    expect([done, existsSync(fixture.logFile)]).toEqual([[], false]);
    fixture.state.leave();
    expect(done).toEqual(["log file: true"]);
    expect(fixture.logged).toContain("critical: no pid file\n");
    fixture.state.whenThawed(() => done.push("at once"));
    expect(done.at(-1)).toBe("at once");
  });

  test("a mark that cannot be removed is told, and everything goes on", () => {
    using fixture = new Fixture(true);
    rmSync(fixture.mark.path);
    mkdirSync(fixture.mark.path);
    fixture.state.leave();
    expect(fixture.state.isFrozen).toBe(false);
    expect(fixture.logged).toContain("the next start will take file systems for frozen: Cannot");
  });

  test("the end of the agent waits for a freeze under way, and is off when that has frozen", async () => {
    using fixture = new Fixture(false);
    const { state } = fixture;
    const ends: string[] = [];
    await state.uninterrupted(async () => {
      state.interruptWith(() => ends.push("meanwhile"));
      await Promise.resolve();
      expect(ends).toEqual([]);
    });
    expect(ends).toEqual(["meanwhile"]);
    await state.uninterrupted(async () => {
      state.interruptWith(() => ends.push("before it froze"));
      state.enter(null);
    });
    state.interruptWith(() => ends.push("frozen"));
    state.leave();
    expect(ends).toEqual(["meanwhile"]);
    await state
      .uninterrupted(async () => {
        state.interruptWith(() => ends.push("before it failed"));
        throw new Error("failed");
      })
      .catch(() => {});
    state.interruptWith(() => ends.push("at rest"));
    expect(ends).toEqual(["meanwhile", "before it failed", "at rest"]);
  });

  test("with a lease it lets the agent end, which thaws", () => {
    using fixture = new Fixture(false);
    const { state, mark } = fixture;
    const ends: string[] = [];
    state.enter({ seconds: 60, untilMs: monotonicMs() + 60_000, timer: null });
    expect(mark.lease()?.seconds).toBe(60);
    state.interruptWith(() => ends.push("frozen for a while"));
    expect(ends).toEqual(["frozen for a while"]);
    state.leave();
    expect(state.lease).toBeNull();
  });

  test("remembers once that it has ended by itself, be it from the note of another process", () => {
    using fixture = new Fixture(false);
    const { state, mark } = fixture;
    expect(state.takeLeaseEnd()).toBeNull();
    state.noteLeaseEnd(60);
    expect([state.takeLeaseEnd(), state.takeLeaseEnd()]).toEqual([60, null]);
    writeFileSync(mark.notePath, "30\n");
    expect([state.takeLeaseEnd(), state.takeLeaseEnd()]).toEqual([30, null]);
  });

  test("what must not be interrupted is done one after the other, whatever became of the one before", async () => {
    using fixture = new Fixture(false);
    const { state } = fixture;
    const events: string[] = [];
    let goOn = () => {};
    const first = state.uninterrupted(async () => {
      await new Promise<void>((resolve) => {
        goOn = resolve;
      });
      events.push("first");
      throw new Error("failed");
    });
    const second = state.uninterrupted(async () => events.push("second"));
    await Promise.resolve();
    goOn();
    await expect(first).rejects.toThrow("failed");
    await second;
    expect(events).toEqual(["first", "second"]);
  });
});
