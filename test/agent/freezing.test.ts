import { describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
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
    if (isFrozen) this.mark.create();
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
    state.enter();
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
    expect(() => fixture.state.enter()).toThrow("No such file or directory");
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
      state.enter();
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
});
