import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { SysError } from "../../native/errno.ts";
import type { Reactor } from "../../native/reactor.ts";
import {
  type Program,
  type ProgramEnd,
  programDrainMs,
  programOutputBytesMax,
  runProgram,
} from "../../src/linux/program.ts";
import { running } from "../native/running.ts";
import { tempFolder } from "../native/temp-folder.ts";

const folder = tempFolder();

const longMs = 8_000;

async function run(
  script: string,
  more: Partial<Program> = {},
  change: (reactor: Reactor) => void = () => {},
): Promise<ProgramEnd> {
  let end: ProgramEnd | undefined;
  await running((reactor) => {
    change(reactor);
    const program: Program = {
      argv: ["sh", "-c", script],
      deadlineMs: longMs,
      atDeadline: "kill",
      ...more,
    };
    void runProgram(reactor, program).then((value) => {
      end = value;
      reactor.stop();
    });
  });
  return end as ProgramEnd;
}

const textOf = ({ output }: ProgramEnd) => Buffer.from(output).toString();

describe("a helper program", () => {
  test("is run with both outputs in one pipe, in order", async () => {
    const end = await run("echo out; echo err >&2; echo out again; exit 3");
    expect(end).toMatchObject({ exitCode: 3, signal: null, isLate: false });
    expect(textOf(end)).toBe("out\nerr\nout again\n");
  });

  test("reads its input to the end, however long, and the input is wiped", async () => {
    const input = new Uint8Array(1_000_000).fill(0x61);
    expect(textOf(await run("wc -c", { input })).trim()).toBe("1000000");
    expect(input.every((byte) => byte === 0)).toBe(true);
  });

  test("need not read its input", async () => {
    const end = await run("exit 0", { input: new Uint8Array(1_000_000).fill(1) });
    expect(end.exitCode).toBe(0);
  });

  test("without input finds the end of it at once", async () => {
    expect(textOf(await run("cat; echo done"))).toBe("done\n");
  });

  test("may say more than is kept, without waiting for somebody to take it", async () => {
    const end = await run("head -c 300000 /dev/zero");
    expect(end.exitCode).toBe(0);
    expect(end.output.length).toBe(programOutputBytesMax);
  });

  test("is told from one that a signal ended", async () => {
    expect(await run("kill -9 $$")).toMatchObject({ exitCode: null, signal: 9 });
  });

  test("is a session of its own", async () => {
    const words = textOf(await run('echo $$ $(cut -d" " -f6 /proc/self/stat)'))
      .trim()
      .split(" ");
    expect(words[0]).toBe(words[1] as string);
  });

  test("that leaves a daemon with the pipe behind is over all the same", async () => {
    const end = await run("echo before; sleep 60 & echo $!");
    expect(end).toMatchObject({ exitCode: 0, isLate: false });
    const [before, pid] = textOf(end).trim().split("\n");
    expect(before).toBe("before");
    process.kill(Number(pid), "SIGKILL");
  });

  test("that has ended is late no more, whoever holds its output", async () => {
    // The deadline strikes just when the draining begins.
    const strike = (reactor: Reactor) => {
      const timer = reactor.timer.bind(reactor);
      let deadline: (() => void) | null = null;
      reactor.timer = (delayMs, on) => {
        if (delayMs === programDrainMs) reactor.soon(() => deadline?.());
        if (delayMs !== longMs) return timer(delayMs, on);
        deadline = on;
        return {
          cancel() {
            deadline = null;
          },
        };
      };
    };
    const end = await run("sleep 60 & echo $!; exit 3", {}, strike);
    expect(end).toMatchObject({ exitCode: 3, isLate: false });
    expect(process.kill(Number(textOf(end)), "SIGKILL")).toBe(true);
  });

  test("that takes too long is killed with all that it started", async () => {
    const end = await run("echo $$; sleep 1000 & wait", { deadlineMs: 200 });
    expect(end).toMatchObject({ exitCode: null, signal: null, isLate: true });
    const group = textOf(end).trim();
    // A killed process may be there as a zombie for a moment, until init reaps it.
    const alive = () =>
      Bun.spawnSync(["ps", "-o", "stat=", "-g", group])
        .stdout.toString()
        .split("\n")
        .filter((state) => state !== "" && !state.startsWith("Z"));
    for (let looks = 0; looks < 200 && alive().length > 0; looks++) await Bun.sleep(10);
    expect(alive()).toEqual([]);
  });

  test("that takes too long is left alone where that is asked for", async () => {
    const end = await run("echo $$; exec sleep 1000", { deadlineMs: 200, atDeadline: "leave" });
    expect(end.isLate).toBe(true);
    expect(process.kill(Number(textOf(end)), "SIGKILL")).toBe(true);
  });

  test("that is left alone may go on writing", async () => {
    const go = `${folder}/go`;
    const done = `${folder}/done`;
    const script = `while [ ! -e ${go} ]; do sleep 0.01; done; echo more && echo $? >${done}.new; mv ${done}.new ${done}`;
    await running((reactor) => {
      const argv = ["sh", "-c", script];
      const look = () => {
        if (existsSync(done)) reactor.stop();
        else reactor.timer(5, look);
      };
      void runProgram(reactor, { argv, deadlineMs: 1, atDeadline: "leave" }).then((end) => {
        expect(end.isLate).toBe(true);
        writeFileSync(go, "");
        look();
      });
    });
    expect(readFileSync(done, "utf8")).toBe("0\n");
  });

  test("that cannot be executed is a SysError", async () => {
    let failure: unknown;
    await running((reactor) => {
      const argv = ["/nonexistent/program"];
      runProgram(reactor, { argv, deadlineMs: longMs, atDeadline: "kill" }).catch((error) => {
        failure = error;
        reactor.stop();
      });
    });
    expect(failure).toBeInstanceOf(SysError);
    expect((failure as SysError).code).toBe("ENOENT");
  });

  test("leaves no descriptor behind", async () => {
    const count = () =>
      Array.from(new Bun.Glob("*").scanSync({ cwd: "/proc/self/fd", onlyFiles: false })).length;
    await run("true");
    const before = count();
    for (let runs = 0; runs < 20; runs++) await run("cat", { input: new Uint8Array(10) });
    expect(count()).toBe(before);
  });
});
