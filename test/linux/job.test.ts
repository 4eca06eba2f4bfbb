import { expect, test } from "bun:test";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import type { SysError } from "../../native/errno.ts";
import type { Reactor } from "../../native/reactor.ts";
import { kill } from "../../native/spawn.ts";
import { Signal } from "../../native/structs.ts";
import { Job, type JobOrder, type JobResult, type StartedJob } from "../../src/linux/job.ts";
import { outputBytesMax } from "../../src/linux/job-output.ts";
import { running } from "../native/running.ts";
import { tempFolder } from "../native/temp-folder.ts";

const folder = tempFolder();
const path = ["PATH=/usr/bin:/bin"];

type Seen = {
  pid: number;
  result: JobResult;
  released: boolean;
  inputLost: string | null;
};

/** Runs a job until it is released, or until it has ended where a background process holds it. */
async function run(
  order: Partial<JobOrder>,
  isHeld = false,
  onStart: (reactor: Reactor, job: Job) => void = () => {},
): Promise<Seen> {
  let seen: Seen | undefined;
  let inputLost: string | null = null;
  await running((reactor) => {
    const job = start(reactor, order, {
      ended: (job, result) => {
        seen = { pid: job.pid, result, released: false, inputLost };
        expect(job.isHeld).toBe(isHeld);
        if (!isHeld) return;
        job.release();
      },
      released: () => {
        if (seen !== undefined) seen.released = true;
        reactor.stop();
      },
      inputLost: (_, error) => {
        inputLost = error.code;
      },
    });
    onStart(reactor, job);
  });
  return seen as Seen;
}

function start(
  reactor: Reactor,
  order: Partial<JobOrder>,
  events: {
    ended: (job: StartedJob, result: JobResult) => void;
    released: (job: StartedJob) => void;
    inputLost?: (job: StartedJob, error: SysError) => void;
  },
): Job {
  return new Job(
    reactor,
    { path: "/bin/sh", args: [], env: path, input: null, capture: "separated", ...order },
    { inputLost: () => {}, ...events },
  );
}

function sh(script: string, order: Partial<JobOrder> = {}, isHeld = false): Promise<Seen> {
  return run({ args: ["-c", script], ...order }, isHeld);
}

function text(output: JobResult["stdout"]): string | null {
  return output === null ? null : Buffer.from(output.bytes).toString("latin1");
}

test.each([
  ["none", null, null],
  ["stdout", "out\n", null],
  ["stderr", null, "err\n"],
  ["separated", "out\n", "err\n"],
  ["merged", "out\nerr\n", null],
] as const)("capture %s keeps what it names", async (capture, stdout, stderr) => {
  const { result, released } = await sh("echo out; echo err >&2; exit 5", { capture });
  expect(result.status).toEqual({ exitCode: 5, signal: null });
  expect([text(result.stdout), text(result.stderr)]).toEqual([stdout, stderr]);
  expect(released).toBe(true);
});

test("what is not captured goes to /dev/null", async () => {
  const links = "for fd in 0 1 2; do readlink /proc/$$/fd/$fd; done";
  for (const capture of ["none", "stdout", "stderr"] as const) {
    await sh(`{ ${links}; } > ${folder}/${capture}`, { capture });
  }
  const seen = (name: string) => readFileSync(`${folder}/${name}`, "latin1").trim().split("\n");
  expect(seen("none")).toEqual(["/dev/null", `${folder}/none`, "/dev/null"]);
  expect(seen("stdout")[2]).toBe("/dev/null");
  expect(seen("stderr")[2]).toStartWith("pipe:");
  const { result } = await sh("link=$(readlink /proc/$$/fd/1); echo $link >&2", {
    capture: "stderr",
  });
  expect(text(result.stderr)).toBe("/dev/null\n");
});

test("the first argument is the path, and the others follow as they are", async () => {
  const args = ["-c", 'printf "<%s>" "$0" "$@"', "zero", "a b", "", "é", "a\0b"];
  const { result } = await run({ args });
  expect(text(result.stdout)).toBe("<zero><a b><><Ã©><aÀ\x80b>");
  const { result: name } = await run({ path: "cat", args: ["/proc/self/cmdline"] });
  expect(text(name.stdout)).toBe("cat\0/proc/self/cmdline\0");
});

test("a child sees descriptors 0, 1 and 2 alone, and none of another job's", async () => {
  const listings: (string | null)[] = [];
  await running((reactor) => {
    const never = { ended: () => {}, released: () => {} };
    const long = start(reactor, { path: "sleep", args: ["60"], input: new Uint8Array(1e6) }, never);
    start(
      reactor,
      { path: "ls", args: ["/proc/self/fd"], input: new Uint8Array(1) },
      {
        ended: (_, { stdout }) => {
          listings.push(text(stdout));
          kill(long.pid, Signal.SIGKILL);
          long.release();
          reactor.stop();
        },
        released: () => {},
      },
    );
  });
  // The last is the folder that ls reads.
  expect(listings).toEqual(["0\n1\n2\n3\n"]);
});

test("each job leads a session and a process group of its own", async () => {
  const { pid, result } = await sh("cut -d' ' -f5,6 /proc/$$/stat");
  expect(text(result.stdout)).toBe(`${pid} ${pid}\n`);
});

test("input arrives whole and ends, however long it is", async () => {
  for (const length of [0, 1, 65_536, 65_537, 3_000_000]) {
    const input = new Uint8Array(length).map((_, index) => (index * 7) & 0xff);
    const { result, inputLost } = await run({ path: "cat", input });
    expect(Buffer.from(result.stdout?.bytes ?? []).equals(Buffer.from(input))).toBe(true);
    expect(inputLost).toBeNull();
  }
});

test("without input the standard input is empty", async () => {
  const { result } = await sh("readlink /proc/$$/fd/0; wc -c");
  expect(text(result.stdout)).toBe("/dev/null\n0\n");
});

test("a program that does not take its input is told of, and ends as always", async () => {
  const { result, inputLost } = await sh("exec 0<&-; exit 3", { input: new Uint8Array(1 << 20) });
  expect(result.status).toEqual({ exitCode: 3, signal: null });
  expect(inputLost).toBe("EPIPE");
});

test("a signal that ends the program is told", async () => {
  const { result } = await sh("echo before; kill -9 $$");
  expect(result.status).toEqual({ exitCode: null, signal: 9 });
  expect(text(result.stdout)).toBe("before\n");
});

test.each([
  [outputBytesMax - 1, false],
  [outputBytesMax, false],
  [outputBytesMax + 1, true],
  [outputBytesMax + 1_000_000, true],
])("of %d bytes the cap is kept, truncated: %p", async (length, isTruncated) => {
  // Each stream has a cap of its own.
  const script = `yes abcdefg | head -c ${length}; echo end >&2`;
  const { result } = await sh(script);
  const kept = Math.min(length, outputBytesMax);
  expect(result.stdout?.isTruncated).toBe(isTruncated);
  expect(result.stdout?.bytes.length).toBe(kept);
  const bytes = Buffer.from(result.stdout?.bytes ?? []);
  expect(bytes.equals(Buffer.alloc(kept, "abcdefg\n"))).toBe(true);
  expect(text(result.stderr)).toBe("end\n");
  expect(result.stderr?.isTruncated).toBe(false);
});

test("a job that closes its outputs early goes on, and its end is told only when it has come", async () => {
  const go = `${folder}/outputs closed`;
  const script = `echo all; exec >&- 2>&-; while [ ! -e "${go}" ]; do sleep 0.01; done; exit 6`;
  const { result } = await run({ args: ["-c", script] }, false, (reactor, job) => {
    const look = () => {
      if (job.isHeld) reactor.timer(5, look);
      else writeFileSync(go, "");
    };
    look();
  });
  expect(result.status).toEqual({ exitCode: 6, signal: null });
  expect(text(result.stdout)).toBe("all\n");
});

test("a job that floods both outputs at once is kept up with on both", async () => {
  const length = outputBytesMax + 100_000;
  const flood = (letter: string) => `head -c ${length} /dev/zero | tr "\\0" ${letter}`;
  const { result } = await sh(`${flood("o")} & ${flood("e")} >&2; wait`);
  for (const [output, letter] of [
    [result.stdout, "o"],
    [result.stderr, "e"],
  ] as const) {
    expect(output?.isTruncated).toBe(true);
    const kept = Buffer.from(output?.bytes ?? []);
    expect(kept.equals(Buffer.alloc(outputBytesMax, letter))).toBe(true);
  }
});

test("on kernels without pidfd_open a hundred jobs at once end as always, each with its own output", async () => {
  const ends: string[] = [];
  const count = 100;
  await running(
    (reactor) => {
      for (let index = 0; index < count; index++) {
        start(
          reactor,
          { args: ["-c", `echo ${index}; kill -${index % 2 === 0 ? 9 : 0} $$`] },
          {
            ended: (_, { status, stdout }) =>
              ends.push(`${text(stdout)?.trim()} ${status.signal ?? status.exitCode}`),
            released: () => {
              if (ends.length === count) reactor.stop();
            },
          },
        );
      }
    },
    { pidfd: false },
  );
  const expected = Array.from({ length: count }, (_, index) => `${index} ${index % 2 ? 0 : 9}`);
  expect(ends.sort()).toEqual(expected.sort());
  expect(process.listenerCount("SIGCHLD")).toBe(0);
});

test("a background process that holds the pipe does not hide the end, and is not hurt by it", async () => {
  const done = `${folder}/background`;
  const script = `(while [ ! -e ${folder}/go ]; do sleep 0.01; done; echo late && echo $? > ${done}) & echo early; exit 4`;
  let told: JobResult | undefined;
  await running((reactor) => {
    start(
      reactor,
      { args: ["-c", script] },
      {
        ended: (job, result) => {
          told = result;
          expect(job.isHeld).toBe(true);
          writeFileSync(`${folder}/go`, "");
        },
        // Which comes only because the pipe is still read to its end.
        released: () => reactor.stop(),
      },
    );
  });
  expect(told?.status).toEqual({ exitCode: 4, signal: null });
  // What comes after the end was told belongs to nobody.
  expect(text(told?.stdout ?? null)).toBe("early\n");
  expect(readFileSync(done, "latin1")).toBe("0\n");
});

test("what a background process writes within the time to drain belongs to the job", async () => {
  // It is reaped as soon as it has ended, and only then there is no such process any more.
  const { result } = await sh(
    "(while kill -0 $$ 2>/dev/null; do :; done; echo background) & echo foreground",
  );
  expect(text(result.stdout)).toBe("foreground\nbackground\n");
});

test("a job that is released runs on and tells nothing more", async () => {
  const file = `${folder}/ran on`;
  const told: string[] = [];
  await running((reactor) => {
    const job = start(
      reactor,
      { args: ["-c", `read x; echo ran > "${file}"`], input: new Uint8Array(1 << 20) },
      { ended: () => told.push("ended"), released: () => told.push("released") },
    );
    job.release();
    job.release();
    const look = () => {
      if (existsSync(file)) reactor.timer(20, () => reactor.stop());
      else reactor.timer(5, look);
    };
    look();
    expect(() => kill(job.pid, 0)).not.toThrow();
  });
  expect(told).toEqual(["released"]);
});

test("what cannot be started leaves no pipe behind", async () => {
  await running((reactor) => {
    const before = openPipes();
    const events = { ended: () => {}, released: () => {} };
    for (let index = 0; index < 20; index++) {
      const order = { path: "/nonexistent/program", input: new Uint8Array(10) };
      expect(() => start(reactor, order, events)).toThrow(
        'Cannot run "/nonexistent/program": ENOENT, No such file or directory',
      );
    }
    expect(openPipes()).toBe(before);
    reactor.stop();
  });
});

function openPipes(): number {
  const { stdout } = Bun.spawnSync(["ls", "-l", `/proc/${process.pid}/fd`]);
  return stdout.toString().split("pipe:").length;
}
