/** `guestwire exec` as a process, against our own agent and against qemu-ga. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { streamedCommands } from "../../src/client/exec/streamed.ts";
import { guestwire, lackOf, qemuGa } from "../differential/binaries.ts";
import { missingSystemPrograms, needs } from "../guest/requirements.ts";
import { Agent, needsAgent, noAgent } from "./agent.ts";
import { runPiped, startPiped } from "./piped.ts";
import { isRunning, until } from "./proc.ts";

setDefaultTimeout(60_000);

const exit = {
  timeout: 124,
  usage: 125,
  notRunnable: 126,
  notFound: 127,
  brokenPipe: 141,
  transport: 255,
};

for (const binary of [guestwire, qemuGa]) {
  const lack = lackOf(...new Set([guestwire, binary]));
  describe.skipIf(lack !== "")(`exec with ${binary.name}${lack}`, () => {
    const start = () => Agent.start([], { path: binary.path });

    /** Runs a program to its end. */
    async function exec(argv: readonly string[], input?: string, options: readonly string[] = []) {
      await using agent = await start();
      return await runPiped(["exec", "--quiet", ...options, agent.socket, "--", ...argv], input);
    }

    const sh = (
      script: string,
      ...rest: Parameters<typeof exec> extends [unknown, ...infer R] ? R : never
    ) => exec(["sh", "-c", script], ...rest);

    test("input, both outputs and the exit code are the program's", async () => {
      expect(await sh("tr a-z A-Z; echo oops >&2; exit 7", "hello\n")).toEqual({
        code: 7,
        stdout: "HELLO\n",
        stderr: "oops\n",
      });
    });

    test("bytes stay as they are", async () => {
      await using agent = await start();
      const bytes = Uint8Array.from({ length: 300_000 }, (_, index) => (index * 7) % 256);
      const piped = startPiped(["exec", "--quiet", agent.socket, "--", "cat"]);
      piped.process.stdin.write(bytes);
      const ended = piped.process.stdin.end();
      expect(await new Response(piped.process.stdout).bytes()).toEqual(bytes);
      await ended;
    });

    test("arguments are no shell's", async () => {
      const hard = ["a b", "$(id)", "'\"\\", "", "--help", "é\n"];
      const { stdout } = await exec(["printf", "[%s]", ...hard]);
      expect(stdout).toBe(hard.map((each) => `[${each}]`).join(""));
    });

    test("environment and folder", async () => {
      const options = ["--env", "A=b c", "--env", "B=", "--cwd", "/usr"];
      expect(await sh('pwd; echo "$A$B"; command -v sh >/dev/null', "", options)).toMatchObject({
        code: 0,
        stdout: "/usr\nb c\n",
      });
    });

    test("a signal that killed it", async () => {
      expect(await sh("kill -9 $$")).toMatchObject({ code: 137 });
    });

    test("a program that is not there, or may not be run", async () => {
      expect(await exec(["/nonexistent"])).toEqual({
        code: exit.notFound,
        stdout: "",
        stderr: 'guestwire exec: Cannot run "/nonexistent": No such file or directory\n',
      });
      expect(await exec(["/etc/passwd"])).toMatchObject({ code: exit.notRunnable });
    });

    test("--timeout ends it with all it has started", async () => {
      await using agent = await start();
      const pids = agent.file("pids");
      const script = `sleep 1000 & echo $! $$ >${pids}; wait`;
      const args = ["exec", "--quiet", "--timeout", "0.5", agent.socket, "--", "sh", "-c", script];
      expect(await runPiped(args)).toMatchObject({ code: exit.timeout });
      const started = readFileSync(pids, "utf8").split(/\s+/).filter(Boolean).map(Number);
      expect(started).toHaveLength(2);
      for (const pid of started) await until("it has ended", () => !isRunning(pid));
    });

    test.each([
      ["SIGINT", 130],
      ["SIGTERM", 143],
      ["SIGHUP", 129],
    ] as const)("%s is passed on", async (signal, code) => {
      await using agent = await start();
      const mark = agent.file("mark");
      const script = `trap 'echo caught; exit ${code}' INT TERM HUP; : >${mark}; while :; do sleep 0.1; done`;
      const piped = startPiped(["exec", "--quiet", agent.socket, "--", "sh", "-c", script]);
      await piped.process.stdin.end();
      await until("it runs", () => existsSync(mark));
      piped.process.kill(signal);
      expect(await piped.ended()).toMatchObject({ code, stdout: "caught\n" });
    });

    test("one that ignores SIGTERM is killed", async () => {
      await using agent = await start();
      const mark = agent.file("mark");
      const script = `trap '' TERM; : >${mark}; while :; do sleep 0.1; done`;
      const piped = startPiped(["exec", "--quiet", agent.socket, "--", "sh", "-c", script]);
      await piped.process.stdin.end();
      await until("it runs", () => existsSync(mark));
      piped.process.kill("SIGTERM");
      expect(await piped.ended()).toMatchObject({ code: 137 });
    });

    test("an agent that ends meanwhile", async () => {
      await using agent = await start();
      const mark = agent.file("mark");
      const piped = startPiped([
        ...["exec", "--quiet", agent.socket, "--"],
        ...["sh", "-c", `: >${mark}; sleep 3`],
      ]);
      await piped.process.stdin.end();
      await until("it runs", () => existsSync(mark));
      await agent.end("SIGKILL");
      expect(await piped.ended()).toEqual({
        code: exit.transport,
        stdout: "",
        stderr: "guestwire exec: The agent's side hung up\n",
      });
    });

    test("output that nobody reads", async () => {
      await using agent = await start();
      const line = `"$0" exec --quiet "$1" -- seq 1 200000 </dev/null | head -n 1; echo $\{PIPESTATUS[0]}`;
      const shell = Bun.spawn(["bash", "-c", line, guestwire.path, agent.socket], {
        argv0: "bash",
        stdout: "pipe",
        stderr: "inherit",
      });
      expect(await new Response(shell.stdout).text()).toBe(`1\n${exit.brokenPipe}\n`);
    });

    test("an agent that may not run programs", async () => {
      const blocked = binary === qemuGa ? "guest-exec" : `guest-exec,${streamedCommands.join(",")}`;
      await using agent = await Agent.start(["-b", blocked], { path: binary.path });
      const { code, stderr } = await runPiped(["exec", agent.socket, "--", "true"]);
      expect(code).toBe(exit.usage);
      expect(stderr).toContain("not allowed to run programs");
    });
  });
}

describe.skipIf(noAgent)(`exec with an agent that streams${needsAgent}`, () => {
  test("each line comes while the program runs, and each answer to what is typed", async () => {
    await using agent = await Agent.start();
    const script = 'echo ready; while read -r line; do echo "got $line"; done';
    const piped = startPiped(["exec", agent.socket, "--", "sh", "-c", script]);
    const lines = linesOf(piped.process.stdout);
    expect((await lines.next()).value).toBe("ready");
    for (const word of ["one", "two"]) {
      piped.process.stdin.write(`${word}\n`);
      piped.process.stdin.flush();
      expect((await lines.next()).value).toBe(`got ${word}`);
    }
    await piped.process.stdin.end();
    expect((await lines.next()).done).toBe(true);
    expect(await piped.process.exited).toBe(0);
  });

  test("a megabyte each way at once", async () => {
    await using agent = await Agent.start();
    const text = "0123456789abcde\n".repeat(65_536);
    const { code, stdout } = await runPiped(["exec", agent.socket, "--", "cat"], text);
    expect({ code, isSame: stdout === text }).toEqual({ code: 0, isSame: true });
  });

  test("what is left running does not keep it", async () => {
    await using agent = await Agent.start();
    const script = "sleep 1000 & echo $!; exit 4";
    const { code, stdout, stderr } = await runPiped([
      "exec",
      agent.socket,
      "--",
      "sh",
      "-c",
      script,
    ]);
    process.kill(Number(stdout));
    expect({ code, stderr }).toEqual({ code: 4, stderr: "" });
  });

  test("a program that needs more input than is there ends when it does", async () => {
    await using agent = await Agent.start();
    expect(await runPiped(["exec", agent.socket, "--", "wc", "-c"], "abc")).toMatchObject({
      code: 0,
      stdout: "3\n",
    });
    expect(await runPiped(["exec", "--no-stdin", agent.socket, "--", "wc", "-c"])).toMatchObject({
      code: 0,
      stdout: "0\n",
    });
  });

  test("--user and what is not there", async () => {
    await using agent = await Agent.start();
    const exec = (...options: readonly string[]) =>
      runPiped(["exec", ...options, agent.socket, "--", "id", "-un"]);
    if (process.getuid?.() === 0) {
      expect(await exec("--user", "nobody")).toMatchObject({ code: 0, stdout: "nobody\n" });
    }
    expect(await exec("--user", "no-such-user")).toMatchObject({
      code: exit.usage,
      stderr: "GenericError: user 'no-such-user' does not exist\n",
    });
    expect(await exec("--cwd", "/nonexistent")).toMatchObject({ code: exit.usage });
  });

  const missing = missingSystemPrograms(["script"]);
  test.skipIf(missing.length > 0)(`--tty lends the terminal${needs(missing)}`, async () => {
    await using agent = await Agent.start();
    const inner = "stty size; read -r line; echo got $line; exit 5";
    const line = `stty rows 33 cols 77; ${guestwire.path} exec --tty ${agent.socket} -- sh -c '${inner}'; echo code $?; stty -a`;
    const terminal = Bun.spawn(["script", "--quiet", "--command", line, "/dev/null"], {
      stdin: "pipe",
      stdout: "pipe",
      env: { ...process.env, SHELL: "/bin/sh" },
    });
    const lines = linesOf(terminal.stdout);
    expect((await lines.next()).value).toMatch(/^33 77\r+$/);
    terminal.stdin.write("word\r");
    terminal.stdin.flush();
    const rest: string[] = [];
    for await (const each of lines) rest.push(each.trimEnd());
    expect(rest).toContain("got word");
    expect(rest).toContain("code 5");
    // As it was before.
    expect(rest.join(" ")).toMatch(/ icanon\b.* echo\b/);
  });
});

async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let text = "";
  for await (const chunk of stream) {
    text += Buffer.from(chunk).toString();
    const lines = text.split("\n");
    text = lines.pop() ?? "";
    yield* lines;
  }
  if (text !== "") yield text;
}

describe.skipIf(noAgent)(`wrong use of exec${needsAgent}`, () => {
  test.each([
    [["/x"], "-- and a PROGRAM behind it are needed"],
    [["/x", "--"], "-- and a PROGRAM behind it are needed"],
    [["/x", "y", "--", "z"], "Too many arguments before --: y"],
    [["--", "z"], "TARGET is needed"],
    [["--env", "A", "/x", "--", "z"], '--env takes KEY=VALUE: current value is "A"'],
    [["--timeout", "0", "/x", "--", "z"], "--timeout takes seconds"],
    [["--nonsense", "/x", "--", "z"], ""],
  ] as const)("%j", async (args, complaint) => {
    const { code, stdout, stderr } = await runPiped(["exec", ...args]);
    expect({ code, stdout }).toEqual({ code: exit.usage, stdout: "" });
    expect(stderr).toStartWith(`guestwire exec: ${complaint}`);
    expect(stderr).toContain("\nUsage: guestwire exec ");
  });

  test("no way to the agent", async () => {
    expect(await runPiped(["exec", "/nonexistent/socket", "--", "true"])).toEqual({
      code: exit.transport,
      stdout: "",
      stderr: 'guestwire exec: Cannot connect to "/nonexistent/socket": ENOENT\n',
    });
  });
});
