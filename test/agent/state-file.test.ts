import { describe, expect, test } from "bun:test";
import { mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { SysError } from "../../native/errno.ts";
import { reservedHandlesMax, StateError, StateFile } from "../../src/agent/state-file.ts";
import { AgentProcess } from "../differential/agent-process.ts";
import { lackOf, qemuGa } from "../differential/binaries.ts";
import { Scratch } from "./scratch.ts";

const silent = { warning() {}, critical() {} };

function load(scratch: Scratch, warnings: string[] = []): StateFile {
  return StateFile.load(scratch.path, false, {
    warning: (text) => warnings.push(text),
    critical: (text) => warnings.push(text),
  });
}

function stored(scratch: Scratch): string {
  return readFileSync(scratch.file("qga.state"), "utf8");
}

function issue(state: StateFile): number {
  state.secure();
  return state.take();
}

describe("StateFile", () => {
  test("is made at the start, for its owner alone", () => {
    using scratch = new Scratch();
    load(scratch);
    expect(stored(scratch)).toBe("[global]\nfd_counter=1000\n");
    expect(statSync(scratch.file("qga.state")).mode & 0o777).toBe(0o600);
    expect(readdirSync(scratch.path)).toEqual(["qga.state"]);
  });

  test("is not made while file systems are frozen, but when a number is needed", () => {
    using scratch = new Scratch();
    const state = StateFile.load(scratch.path, true, silent);
    expect(readdirSync(scratch.path)).toEqual([]);
    expect(issue(state)).toBe(1000);
    expect(stored(scratch)).toContain("fd_counter");
  });

  test("counts without a gap from run to run that ends well", () => {
    using scratch = new Scratch();
    const first = load(scratch);
    expect([issue(first), issue(first), issue(first)]).toEqual([1000, 1001, 1002]);
    first.close();
    expect(stored(scratch)).toBe("[global]\nfd_counter=1003\n");
    expect(issue(load(scratch))).toBe(1003);
  });

  test("never gives a number again after a crash, wherever it happens", () => {
    using scratch = new Scratch();
    const given = new Set<number>();
    let crashed = load(scratch);
    for (const count of [0, 1, 5, reservedHandlesMax, reservedHandlesMax + 1, 3]) {
      for (let index = 0; index < count; index++) {
        const number = issue(crashed);
        expect(given.has(number)).toBe(false);
        given.add(number);
      }
      crashed = load(scratch);
    }
    expect(Math.max(...given)).toBeLessThan(1000 + given.size + 6 * reservedHandlesMax);
  });

  test("writes once for a block, and a number that is not taken is not lost", () => {
    using scratch = new Scratch();
    const state = load(scratch);
    state.secure();
    const after = statSync(scratch.file("qga.state")).ino;
    for (let index = 0; index < reservedHandlesMax; index++) {
      state.secure();
      state.secure();
      expect(state.take()).toBe(1000 + index);
    }
    expect(statSync(scratch.file("qga.state")).ino).toBe(after);
    state.secure();
    expect(stored(scratch)).toBe(`[global]\nfd_counter=${1000 + 2 * reservedHandlesMax}\n`);
  });

  test("gives no number that was not secured", () => {
    using scratch = new Scratch();
    expect(() => load(scratch).take()).toThrow(RangeError);
  });

  test("tells why a state folder cannot be written, and recovers", () => {
    using scratch = new Scratch();
    mkdirSync(scratch.file("s"));
    const state = StateFile.load(scratch.file("s"), false, silent);
    expect(issue(state)).toBe(1000);
    renameSync(scratch.file("s"), scratch.file("away"));
    for (let index = 1; index < reservedHandlesMax; index++)
      expect(issue(state)).toBe(1000 + index);
    for (let attempts = 0; attempts < 3; attempts++) {
      expect(() => state.secure()).toThrow("No such file or directory");
    }
    expect(() => state.close()).not.toThrow();
    renameSync(scratch.file("away"), scratch.file("s"));
    expect(issue(state)).toBe(1000 + reservedHandlesMax);
    expect(readdirSync(scratch.file("s"))).toEqual(["qga.state"]);
  });

  test("leaves nothing behind when it cannot replace the file", () => {
    using scratch = new Scratch();
    const state = load(scratch);
    renameSync(scratch.file("qga.state"), scratch.file("kept"));
    mkdirSync(scratch.file("qga.state"));
    expect(() => state.secure()).toThrow(SysError);
    expect(readdirSync(scratch.path).sort()).toEqual(["kept", "qga.state"]);
  });

  test("is not hindered by what a crash left behind", () => {
    using scratch = new Scratch();
    writeFileSync(scratch.file("qga.state.new"), "half");
    load(scratch);
    expect(readdirSync(scratch.path)).toEqual(["qga.state"]);
  });

  test("begins the numbers anew before qemu-ga could not read them any more", () => {
    using scratch = new Scratch();
    writeFileSync(scratch.file("qga.state"), "[global]\nfd_counter=2147483645\n");
    const state = load(scratch);
    expect([issue(state), issue(state)]).toEqual([2147483645, 2147483646]);
    expect(stored(scratch)).toBe("[global]\nfd_counter=2147483647\n");
    expect(issue(load(scratch))).toBe(1000);
    expect(issue(state)).toBe(1000);
  });
});

const strace = Bun.which("strace");

test.skipIf(strace === null)("StateFile is on disk before a number counts (needs strace)", () => {
  using scratch = new Scratch();
  const trace = scratch.file("trace");
  const { exitCode } = Bun.spawnSync([
    ...[strace as string, "-f", "-y", "-o", trace, "-e", "trace=fsync,rename,renameat,renameat2"],
    ...[process.execPath, `${import.meta.dir}/state-file-writer.ts`, scratch.path],
  ]);
  expect(exitCode).toBe(0);
  const calls = readFileSync(trace, "utf8").split("\n");
  const ours = calls.filter((line) => line.includes(scratch.path));
  expect(ours.map((line) => line.replace(/^\d+ +/, "").replaceAll(scratch.path, "."))).toEqual([
    expect.stringMatching(/^fsync\(\d+<\.\/qga\.state\.new>\) += 0$/),
    expect.stringMatching(/^rename.*"\.\/qga\.state\.new".*"\.\/qga\.state".* = 0$/),
    expect.stringMatching(/^fsync\(\d+<\.>\) += 0$/),
  ]);
});

describe("StateFile.load", () => {
  test.each([
    ["[global]\nfd_counter= 12 \n", 12],
    ["[global]\nother=5\n#c\n[z]\nq=1\n", 1000],
    ["", 1000],
  ])("reads %j", (text, expected) => {
    using scratch = new Scratch();
    writeFileSync(scratch.file("qga.state"), text);
    const warnings: string[] = [];
    expect(issue(load(scratch, warnings))).toBe(expected);
    expect(warnings).toEqual([]);
  });

  test.each(["abc", "", "12x", "2147483648", "-5"])(
    "begins anew after the counter %j, and says so",
    (counter) => {
      using scratch = new Scratch();
      writeFileSync(scratch.file("qga.state"), `[global]\nfd_counter=${counter}\n`);
      const warnings: string[] = [];
      expect(issue(load(scratch, warnings))).toBe(1000);
      expect(warnings).toEqual([expect.stringContaining("fd_counter")]);
    },
  );

  function reasonsOf(stateDir: string): readonly string[] {
    try {
      StateFile.load(stateDir, false, silent);
    } catch (error) {
      if (!(error instanceof StateError)) throw error;
      expect(error.message).toBe("failed to load persistent state");
      return error.reasons;
    }
    throw new Error("Nothing was thrown");
  }

  test("refuses what it cannot read or make, in qemu-ga's words", () => {
    using scratch = new Scratch();
    const path = scratch.file("qga.state");
    const prefix = `error loading persistent state from path: ${path}, `;
    writeFileSync(path, "garbage");
    expect(reasonsOf(scratch.path)).toEqual([
      `${prefix}Key file contains line “garbage” which is not a key-value pair, group, or comment`,
    ]);
    renameSync(path, scratch.file("f"));
    mkdirSync(path);
    expect(reasonsOf(scratch.path)).toEqual([`${prefix}Not a regular file`]);
    expect(reasonsOf(scratch.file("none"))).toEqual([
      `failed to write persistent state to ${scratch.file("none/qga.state")}: No such file or directory`,
      `unable to create state file at path ${scratch.file("none/qga.state")}`,
    ]);
  });
});

describe.skipIf(!qemuGa.present)(`StateFile and qemu-ga${lackOf(qemuGa)}`, () => {
  async function handleOf(agent: AgentProcess): Promise<number> {
    const connection = await agent.connect();
    const open = { execute: "guest-file-open", arguments: { path: "/dev/null" } };
    connection.send(Buffer.from(`${JSON.stringify(open)}\n`));
    const reply = JSON.parse((await connection.line()) ?? "");
    connection.close();
    return reply.return;
  }

  /** Kills qemu-ga, lets `act` use its state folder, and starts it again there. */
  async function inBetween(agent: AgentProcess, act: (state: StateFile) => void): Promise<void> {
    process.kill(agent.pid, "SIGKILL");
    await agent.dies();
    act(StateFile.load(agent.state, false, silent));
    await agent.restart("SIGKILL");
  }

  test("go on where the other stopped", async () => {
    const agent = await AgentProcess.start(qemuGa);
    try {
      expect(await handleOf(agent)).toBe(1000);
      await inBetween(agent, (state) => {
        expect(issue(state)).toBe(1001);
        state.close();
      });
      expect(await handleOf(agent)).toBe(1002);
    } finally {
      await agent.stop();
    }
  });

  test("qemu-ga goes on above our block after a crash of ours", async () => {
    const agent = await AgentProcess.start(qemuGa);
    try {
      await inBetween(agent, (state) => {
        expect(issue(state)).toBe(1000);
      });
      expect(await handleOf(agent)).toBe(1000 + reservedHandlesMax);
    } finally {
      await agent.stop();
    }
  });
});
