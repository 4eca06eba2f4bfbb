import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { Qemu } from "./qemu.ts";
import { missingForEmulator, needs } from "./requirements.ts";

const missing = missingForEmulator();
const testTimeoutMs = 30_000;
const endDeadlineMs = 10_000;

describe.skipIf(missing.length > 0)(`an emulator process${needs(missing)}`, () => {
  test("ends with its handle, and its folder goes", async () => {
    const qemu = new Qemu();
    const gone = qemu.start(pausedQemu).catch((error: unknown) => error);
    const { pid, folder } = qemu;
    expect(isRunning(pid as number)).toBe(true);
    await qemu.end();
    expect(String(await gone)).toContain("QEMU ended");
    expect(isRunning(pid as number)).toBe(false);
    expect(existsSync(folder)).toBe(false);
    await qemu.end();
  });

  test("that does not start says why", async () => {
    const qemu = new Qemu();
    try {
      const why = await qemu.start(["-cpu", "pentium9"]).catch(String);
      expect(why).toContain("unable to find CPU model 'pentium9'");
    } finally {
      await qemu.end();
    }
  });

  test.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)(
    "goes with a test runner that gets %s, and so does its folder",
    async (signal, status) => {
      await using runner = await startRunner();
      runner.child.kill(signal);
      expect(await runner.child.exited).toBe(status);
      await hasEnded(runner.pid);
      expect(existsSync(runner.folder)).toBe(false);
    },
    testTimeoutMs,
  );

  test(
    "goes with a test runner that is killed",
    async () => {
      await using runner = await startRunner();
      runner.child.kill("SIGKILL");
      await runner.child.exited;
      await hasEnded(runner.pid);
    },
    testTimeoutMs,
  );
});

const pausedQemu = ["-S", "-nodefaults", "-display", "none", "-accel", "tcg"];

async function startRunner() {
  const fixture = `${import.meta.dir}/fixtures/paused-qemu.ts`;
  const child = Bun.spawn([process.execPath, "test", fixture], {
    stdout: "pipe",
    stderr: "ignore",
  });
  let text = "";
  for await (const chunk of child.stdout) {
    text += new TextDecoder().decode(chunk);
    const line = /^\{.*\}$/m.exec(text)?.[0];
    if (line === undefined) continue;
    const { pid, folder } = JSON.parse(line) as { pid: number; folder: string };
    return {
      child,
      pid,
      folder,
      async [Symbol.asyncDispose]() {
        child.kill("SIGKILL");
        await child.exited;
        if (isRunning(pid)) process.kill(pid, "SIGKILL");
        rmSync(folder, { recursive: true, force: true });
      },
    };
  }
  throw new Error(`The runner ended without starting QEMU: ${text}`);
}

/** A process that ended may stay as a zombie for as long as nobody waits for it. */
function isRunning(pid: number): boolean {
  if (!existsSync(`/proc/${pid}/stat`)) return false;
  return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
}

/** The end of a process that is no child of this one is announced nowhere. */
async function hasEnded(pid: number): Promise<void> {
  const pollMs = 10;
  for (let leftMs = endDeadlineMs; isRunning(pid); leftMs -= pollMs) {
    if (leftMs <= 0) throw new Error(`Process ${pid} still runs after ${endDeadlineMs} ms`);
    await Bun.sleep(pollMs);
  }
}
