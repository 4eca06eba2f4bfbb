import { expect, test } from "bun:test";
import { chmodSync, mkdirSync, readlinkSync, writeFileSync } from "node:fs";
import { closeOnExecFrom } from "../../native/close-on-exec.ts";
import { SysError } from "../../native/errno.ts";
import { Fd } from "../../native/fd.ts";
import { libc } from "../../native/libc.ts";
import { rawFd, wrapFd } from "../../native/raw-fd.ts";
import { type ChildStatus, EPOLLIN } from "../../native/reactor.ts";
import { kill, pipe, type SpawnOptions, spawn } from "../../native/spawn.ts";
import { Fcntl, OpenFlag, Signal } from "../../native/structs.ts";
import { makeGarbage } from "./garbage.ts";
import { running } from "./running.ts";
import { tempFolder } from "./temp-folder.ts";

const folder = tempFolder();

type Result = { text: string; status: ChildStatus; pid: number };

/** Runs a program to its end and collects its standard output. */
async function run(options: Omit<SpawnOptions, "stdio"> & Partial<SpawnOptions>): Promise<Result> {
  const [reading, writing] = pipe();
  reading.setNonblocking(true);
  const chunks: Uint8Array[] = [];
  let result: Result | undefined;
  await running((reactor) => {
    const { pid } = spawn({ stdio: ["null", writing, "inherit"], ...options });
    writing.close();
    reactor.watch(reading, EPOLLIN, () => {
      const into = new Uint8Array(1 << 16);
      const count = reading.tryRead(into);
      chunks.push(into.subarray(0, Math.max(0, count)));
      if (count !== 0) return;
      reading.close();
      reactor.child(pid, (status) => {
        result = { text: Buffer.concat(chunks).toString(), status, pid };
        reactor.stop();
      });
    });
  });
  return result as Result;
}

function sh(script: string, options: Partial<SpawnOptions> = {}): Promise<Result> {
  return run({ path: "/bin/sh", argv: ["sh", "-c", script], ...options });
}

function codeOf(options: Partial<SpawnOptions>): string {
  try {
    spawn({ path: "true", argv: ["true"], stdio: ["null", "null", "null"], ...options });
  } catch (error) {
    if (error instanceof SysError) return error.code;
    throw error;
  }
  return "started";
}

test("arguments arrive as they are", async () => {
  const words = ["", "two words", "é😀", 'quote"', "\n", "-n"];
  const argv = ["sh", "-c", 'for a in "$@"; do printf "<%s>" "$a"; done', "sh", ...words];
  const { text, status } = await run({ path: "/bin/sh", argv });
  expect(text).toBe(words.map((word) => `<${word}>`).join(""));
  expect(status).toEqual({ exitCode: 0, signal: null });
});

test("the first argument is the program's name whatever the path is", async () => {
  const { text } = await run({ path: "/bin/sh", argv: ["another name", "-c", "echo $0"] });
  expect(text).toBe("another name\n");
});

test("hundreds of arguments and variables stay good while the collector is at work", async () => {
  const argv = ["sh", "-c", 'echo "$#"; echo "$*" | cksum; env | sort | cksum', "sh"];
  const words = Array.from({ length: 500 }, (_, index) => `argument-${"x".repeat(index)}`);
  const env = Array.from({ length: 200 }, (_, index) => `V${index}=${"y".repeat(index)}`);
  const outputs = new Set<string>();
  for (let round = 0; round < 5; round++) {
    makeGarbage();
    const { text } = await run({
      path: "/bin/sh",
      argv: [...argv, ...words],
      env: ["PATH=/bin:/usr/bin", ...env],
    });
    outputs.add(text);
  }
  expect(outputs.size).toBe(1);
  expect([...outputs][0]).toStartWith("500\n");
});

test("env is the whole environment, entry by entry, and an empty one is empty", async () => {
  const given = await run({
    path: "/bin/cat",
    argv: ["cat", "/proc/self/environ"],
    env: ["A=b", "no equals sign", "A=again", "E="],
  });
  expect(given.text).toBe("A=b\0no equals sign\0A=again\0E=\0");
  const empty = await run({ path: "/bin/cat", argv: ["cat", "/proc/self/environ"], env: [] });
  expect(empty.text).toBe("");
});

test("without env the child has ours, as it is now", async () => {
  const environ = async () =>
    (await run({ path: "/bin/cat", argv: ["cat", "/proc/self/environ"] })).text.split("\0");
  const inherited = await environ();
  expect(inherited).toContain(`PATH=${process.env.PATH}`);
  const home = process.env.HOME;
  delete process.env.HOME;
  process.env.GUESTWIRE_TEST = "é";
  const changed = await environ();
  process.env.HOME = home;
  delete process.env.GUESTWIRE_TEST;
  const expected = [...inherited.filter((entry) => entry !== `HOME=${home}`), "GUESTWIRE_TEST=é"];
  expect(changed.sort()).toEqual(expected.sort());
  expect((await environ()).sort()).toEqual(inherited.sort());
});

test("an inherited entry that is not UTF-8 reaches the child byte by byte", async () => {
  const script = `
    import { spawn } from "${import.meta.dirname}/../../native/spawn.ts";
    spawn({ path: "/bin/cat", argv: ["cat", "/proc/self/environ"], stdio: ["null", "inherit", "inherit"] });
  `;
  const shell = `ODD="$(printf 'a\\377b')" exec "$0" -e "$1"`;
  const { stdout } = Bun.spawnSync(["sh", "-c", shell, process.execPath, script]);
  expect(stdout.includes(Buffer.from("\0ODD=a\xffb\0", "latin1"))).toBe(true);
});

test("cwd is where the child starts, and relative paths with it", async () => {
  mkdirSync(`${folder}/start`);
  writeFileSync(`${folder}/start/tool`, "#!/bin/sh\npwd\n", { mode: 0o755 });
  const { text } = await run({ path: "./tool", argv: ["tool"], cwd: `${folder}/start` });
  expect(text).toBe(`${folder}/start\n`);
  expect(codeOf({ cwd: `${folder}/none` })).toBe("ENOENT");
  expect(codeOf({ cwd: `${folder}/start/tool` })).toBe("ENOTDIR");
});

test("stdio is a descriptor, /dev/null or what we have", async () => {
  const [reading, writing] = pipe();
  const [stdin, stdinWriting] = pipe();
  const [stderr, stderrWriting] = pipe();
  stdinWriting.tryWrite(new TextEncoder().encode("from stdin"));
  stdinWriting.close();
  const script = "cat; echo to stderr >&2";
  await running((reactor) => {
    const { pid } = spawn({
      path: "/bin/sh",
      argv: ["sh", "-c", script],
      stdio: [stdin, writing, stderrWriting],
    });
    reactor.child(pid, () => reactor.stop());
  });
  for (const fd of [stdin, writing, stderrWriting]) fd.close();
  const into = new Uint8Array(64);
  expect(Buffer.from(into.subarray(0, reading.tryRead(into))).toString()).toBe("from stdin");
  expect(Buffer.from(into.subarray(0, stderr.tryRead(into))).toString()).toBe("to stderr\n");
  reading.close();
  stderr.close();
  const { text } = await sh("readlink /proc/$$/fd/0; readlink /proc/$$/fd/2");
  expect(text).toBe(`/dev/null\n${readlinkSync("/proc/self/fd/2")}\n`);
});

test("a child has its three descriptors and those passed, and no other", async () => {
  // One that is open for others to inherit, as a careless parent may leave it.
  using source = Fd.open("/dev/null", OpenFlag.O_RDONLY);
  using leaked = wrapFd(libc().fcntl(rawFd(source), 0, 50), "leaked");
  expect(libc().fcntl(rawFd(leaked), Fcntl.F_GETFD, 0)).toBe(0);
  using passed = Fd.open("/dev/zero", OpenFlag.O_RDONLY);
  const { text } = await sh("ls -l /proc/$$/fd", { passFds: [[passed, 9]] });
  const numbers = [...text.matchAll(/ (\d+) -> /g)].map(([, number]) => number);
  expect(numbers).toEqual(["0", "1", "2", "9"]);
  expect(text).toContain(" 0 -> /dev/null\n");
  expect(text).toContain(" 9 -> /dev/zero\n");
});

test("descriptors that trade places reach the child as asked", async () => {
  const low = ["/dev/null", "/dev/zero", "/dev/urandom"].map((path) =>
    Fd.open(path, OpenFlag.O_RDONLY),
  );
  const [one, two, three] = low as [Fd, Fd, Fd];
  const [first, second, third] = low.map(rawFd) as [number, number, number];
  const { text } = await sh(
    `for f in ${first} ${second} ${third}; do readlink /proc/$$/fd/$f; done`,
    // A circle, so that in no order could each simply be put in its place; and none is its own target.
    {
      passFds: [
        [one, second],
        [two, third],
        [three, first],
      ],
    },
  );
  expect(text).toBe("/dev/urandom\n/dev/null\n/dev/zero\n");
  for (const fd of low) fd.close();
});

test("a descriptor passed under the number it has stays open", async () => {
  using fd = Fd.open("/dev/zero", OpenFlag.O_RDONLY);
  const number = rawFd(fd);
  const { text } = await sh(`readlink /proc/$$/fd/${number}`, { passFds: [[fd, number]] });
  expect(text).toBe("/dev/zero\n");
});

test("spawning leaves no descriptor behind, failed or not", async () => {
  const lowestFree = () => {
    const fd = Fd.open("/dev/null", OpenFlag.O_RDONLY);
    const number = rawFd(fd);
    fd.close();
    return number;
  };
  const before = lowestFree();
  using fd = Fd.open("/dev/zero", OpenFlag.O_RDONLY);
  await sh("exit 0", { passFds: [[fd, 40]], cwd: "/" });
  expect(codeOf({ path: "/nonexistent", passFds: [[fd, 40]], cwd: "/" })).toBe("ENOENT");
  fd.close();
  expect(lowestFree()).toBe(before);
});

test("newSession makes the child a session leader", async () => {
  const script = "cut -d' ' -f1,6 /proc/$$/stat";
  const leader = await sh(script, { newSession: true });
  expect(leader.text).toBe(`${leader.pid} ${leader.pid}\n`);
  const follower = await sh(script);
  const [pid, session] = follower.text.trim().split(" ");
  expect(Number(pid)).toBe(follower.pid);
  expect(session).not.toBe(pid as string);
});

test("a child has every signal unblocked and at its default", async () => {
  // We ignore SIGPIPE, and the runtime ignores more.
  const { text } = await run({ path: "/bin/cat", argv: ["cat", "/proc/self/status"] });
  expect(/^SigBlk:\s+(\w+)$/m.exec(text)?.[1]).toBe("0000000000000000");
  expect(/^SigIgn:\s+(\w+)$/m.exec(text)?.[1]).toBe("0000000000000000");
  const broken = await sh('kill -PIPE $$; echo "still here"');
  expect(broken.status).toEqual({ exitCode: null, signal: Signal.SIGPIPE });
});

test("what cannot be executed is told at once, searched for or not", () => {
  writeFileSync(`${folder}/plain`, "not executable");
  for (const search of [true, false]) {
    const code = (path: string) => codeOf({ path, search });
    expect(code("/nonexistent/program")).toBe("ENOENT");
    expect(code(`${folder}/plain`)).toBe("EACCES");
    expect(code(folder)).toBe("EACCES");
    expect(code(`${folder}/plain/below`)).toBe("ENOTDIR");
    expect(code("")).toBe("ENOENT");
    const env = ["PATH=/usr/bin:/bin"];
    expect(codeOf({ path: "no-such-program-anywhere", search, env })).toBe("ENOENT");
  }
  expect(() => spawn({ path: "/none", argv: ["x"], stdio: ["null", "null", "null"] })).toThrow(
    'Cannot run "/none": ENOENT, No such file or directory',
  );
});

test("a name is looked for along the PATH of env, or else along ours", async () => {
  mkdirSync(`${folder}/first`);
  mkdirSync(`${folder}/second`);
  writeFileSync(`${folder}/first/found`, "#!/bin/sh\necho first\n");
  writeFileSync(`${folder}/second/found`, "#!/bin/sh\necho second\n", { mode: 0o755 });
  const env = [`PATH=/nonexistent:${folder}/first:${folder}/second`];
  const found = () => run({ path: "found", argv: ["found"], search: true, env });
  // The first is passed over, because it is not executable.
  expect((await found()).text).toBe("second\n");
  chmodSync(`${folder}/first/found`, 0o755);
  expect((await found()).text).toBe("first\n");
  expect(codeOf({ path: "found", search: true, env: [`PATH=${folder}/none`] })).toBe("ENOENT");
  writeFileSync(`${folder}/file`, "no folder");
  expect(codeOf({ path: "found", search: true, env: [`PATH=/none:${folder}/file`] })).toBe(
    "ENOTDIR",
  );
  chmodSync(`${folder}/first/found`, 0o644);
  expect(codeOf({ path: "found", search: true, env: [`PATH=${folder}/first`] })).toBe("EACCES");
  expect((await run({ path: "echo", argv: ["echo", "ours"], search: true, env: [] })).text).toBe(
    "ours\n",
  );
  expect(codeOf({ path: "echo", search: false })).toBe("ENOENT");
});

test("a script without #! is run by the shell when searching, and is ENOEXEC otherwise", async () => {
  writeFileSync(`${folder}/script`, 'echo "$0 $1"\n', { mode: 0o755 });
  const script = `${folder}/script`;
  const { text } = await run({ path: script, argv: ["name", "argument"], search: true });
  expect(text).toBe(`${script} argument\n`);
  expect(codeOf({ path: script })).toBe("ENOEXEC");
});

test("pipe gives a reading and a writing end that wait and close on exec", () => {
  const [reading, writing] = pipe();
  for (const fd of [reading, writing]) {
    expect(libc().fcntl(rawFd(fd), Fcntl.F_GETFD, 0)).toBe(Fcntl.FD_CLOEXEC);
    expect(libc().fcntl(rawFd(fd), Fcntl.F_GETFL, 0) & OpenFlag.O_NONBLOCK).toBe(0);
  }
  writing.tryWrite(new Uint8Array([1, 2, 3]));
  expect(reading.tryRead(new Uint8Array(8))).toBe(3);
  writing.close();
  expect(reading.tryRead(new Uint8Array(8))).toBe(0);
  reading.close();
});

test("kill sends a signal, and names a process that is not there", () => {
  kill(process.pid, 0);
  expect(() => kill(0x7fff_fff0, 15)).toThrow(
    'Cannot signal "process 2147483632": ESRCH, No such process',
  );
});

for (const closeRange of [true, false]) {
  test(`everything from a number on is marked close-on-exec ${closeRange ? "by close_range" : "one by one"}`, () => {
    const copies = [100, 101, 250].map((from) => {
      using source = Fd.open("/dev/null", OpenFlag.O_RDONLY);
      return wrapFd(libc().fcntl(rawFd(source), 0, from), `copy from ${from}`);
    });
    const flags = () => copies.map((fd) => libc().fcntl(rawFd(fd), Fcntl.F_GETFD, 0));
    expect(flags()).toEqual([0, 0, 0]);
    closeOnExecFrom(101, closeRange);
    expect(flags()).toEqual([0, 1, 1]);
    for (const fd of copies) fd.close();
  });
}

test("a child may have as many descriptors as usual, however many the runtime allows itself", async () => {
  const limits = "ulimit -Sn; ulimit -Hn";
  const own = () => Bun.spawnSync(["sh", "-c", limits]).stdout.toString();
  const before = own();
  const hard = Number(before.split("\n")[1]);
  expect((await sh(limits)).text).toBe(`${Math.min(1024, hard)}\n${hard}\n`);
  expect(own()).toBe(before);
  expect(codeOf({ path: "/nonexistent" })).toBe("ENOENT");
  expect(own()).toBe(before);
});
