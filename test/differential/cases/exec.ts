import { mkdirSync, writeFileSync } from "node:fs";
import { type Case, request, type Suite, sends } from "../case.ts";
import {
  end,
  ended,
  execute,
  fails,
  runningStill,
  runs,
  runsOtherwise,
  shell,
  started,
  status,
} from "../exec-steps.ts";
import { badType, refused } from "../words.ts";

const script = { mode: 0o755 };

/** Folders and files for searches: relative paths, so that requests are the same bytes for every agent. */
function tools(work: string): void {
  mkdirSync(`${work}/denied`);
  writeFileSync(`${work}/denied/tool`, "#!/bin/sh\necho denied\n");
  mkdirSync(`${work}/folder/tool`, { recursive: true });
  mkdirSync(`${work}/first`);
  writeFileSync(`${work}/first/tool`, '#!/bin/sh\necho "first $0"\n', script);
  mkdirSync(`${work}/second`);
  writeFileSync(`${work}/second/tool`, '#!/bin/sh\necho "second $0"\n', script);
  writeFileSync(`${work}/here`, '#!/bin/sh\necho "here $0"\n', script);
  writeFileSync(`${work}/bare`, 'echo "$0" "$@"\n', script);
  writeFileSync(`${work}/empty`, "", script);
  writeFileSync(`${work}/lost`, "#!/nonexistent/interpreter\n", script);
  writeFileSync(`${work}/plain`, "no program\n");
}

/** A search along `path`, and what comes of it. */
function found(name: string, path: string, out: string): Case {
  const program = { path: "tool", env: [`PATH=${path}`], "capture-output": true };
  return runs(name, program, { exitcode: 0, out }, { setUp: tools });
}

function missed(name: string, path: string, error: string): Case {
  return fails(name, { path: "tool", env: [`PATH=${path}`] }, error, tools);
}

const longArgument = "a".repeat(200_000);

export const exec: Suite = {
  topic: "guest-exec and guest-exec-status",
  setup: { env: { INHERITED: "yes" } },
  cases: [
    runs("a program that succeeds", { path: "true" }, { exitcode: 0 }),
    runs("a program that fails", { path: "false" }, { exitcode: 1 }),
    runs("the highest exit code", shell("exit 255"), { exitcode: 255 }),
    runs("a program that is killed", shell("kill -9 $$"), { signal: 9 }),
    runs("a program that is killed after it has said something", shell("echo x; kill -15 $$"), {
      signal: 15,
      out: "x\n",
    }),
    runs("a program that dumps core", shell("kill -SEGV $$"), { signal: 11 }),
    runs("both outputs", shell("echo out; echo err >&2"), {
      exitcode: 0,
      out: "out\n",
      err: "err\n",
    }),
    runs("one output", shell("echo err >&2; exit 2"), { exitcode: 2, err: "err\n" }),
    runs("no output", shell(":"), { exitcode: 0 }),
    runs("bytes that are no text", shell("printf '\\000\\377\\n'"), {
      exitcode: 0,
      out: "\0\xff\n",
    }),
    runs(
      "outputs that nobody asked for",
      shell("echo out; echo err >&2", { "capture-output": false }),
      {
        exitcode: 0,
      },
    ),
    runs("outputs that nobody asked for go to /dev/null", nullLinks(), { exitcode: 3 }),
    {
      name: "a result is given once",
      difference: "exec-unknown-pid",
      steps: [execute({ path: "true" }), end(), status()],
      replies: [started, ended({ exitcode: 0 }), refused("Invalid parameter 'pid'")],
      ours: [started, ended({ exitcode: 0 }), refused("PID <p> does not exist")],
    },
    {
      name: "a program that runs is told of as often as asked",
      steps: [
        execute(shell("while [ ! -e go ]; do sleep 0.01; done; echo went")),
        status(),
        status(),
        {
          act: ({ work }) => {
            writeFileSync(`${work}/go`, "");
            return undefined;
          },
        },
        end(),
      ],
      replies: [started, runningStill, runningStill, ended({ exitcode: 0, out: "went\n" })],
    },
    {
      name: "a result waits for another client",
      steps: [execute(shell("echo x")), { hangUp: true }, end()],
      replies: [started, ended({ exitcode: 0, out: "x\n" })],
    },
    {
      name: "two programs at once",
      steps: [
        execute(shell("while [ ! -e go ]; do sleep 0.01; done; echo first")),
        execute(shell("echo second; : > go"), "q"),
        end("<q>"),
        end(),
      ],
      replies: [
        started,
        '{"return": {"pid": <q>}}',
        ended({ exitcode: 0, out: "second\n" }),
        ended({ exitcode: 0, out: "first\n" }),
      ],
    },

    runs("arguments", shell('printf "<%s>" "$@"', { arg: argumentList() }), {
      exitcode: 0,
      out: '<><two words><\xc3\xa9><"><\n><\xc0\x80><-n>',
    }),
    runs("no arguments", { path: "echo", "capture-output": true }, { exitcode: 0, out: "\n" }),
    runs(
      "an empty list of arguments",
      { path: "echo", arg: [], "capture-output": true },
      { exitcode: 0, out: "\n" },
    ),
    runs(
      "the path is the name a program is called by",
      { path: "cat", arg: ["/proc/self/cmdline"], "capture-output": true },
      { exitcode: 0, out: "cat\0/proc/self/cmdline\0" },
    ),
    fails(
      "an argument that is too long",
      { path: "/bin/echo", arg: [longArgument] },
      "Argument list too long",
    ),
    fails(
      "arguments that are too many",
      { path: "/bin/echo", arg: Array(40).fill("a".repeat(100_000)) },
      "Argument list too long",
    ),
    fails(
      "a variable that is too long",
      { path: "true", env: [longArgument] },
      "Argument list too long",
    ),

    runs("no env is the agent's", environmentOf(), {
      exitcode: 0,
      out: "PATH=/usr/sbin:/usr/bin:/sbin:/bin\0INHERITED=yes\0",
    }),
    runs("an empty env is empty", environmentOf([]), { exitcode: 0 }),
    runs(
      "env is passed as it is",
      environmentOf(["A=b", "no equals sign", "=x", "A=c", "", "Z=\0", "\u00e9=\u00e9"]),
      {
        exitcode: 0,
        out: "A=b\0no equals sign\0=x\0A=c\0\0Z=\xc0\x80\0\xc3\xa9=\xc3\xa9\0",
      },
    ),

    runs("input", cat(btoa("hello\n")), { exitcode: 0, out: "hello\n" }),
    runs("empty input", cat(""), { exitcode: 0 }),
    runs("no input", { path: "cat", "capture-output": true }, { exitcode: 0 }),
    runs("no input is /dev/null", shell("readlink /proc/$$/fd/0; exit"), {
      exitcode: 0,
      out: "/dev/null\n",
    }),
    runs("empty input is a pipe", shell("[ -p /dev/stdin ]", { "input-data": "" }), {
      exitcode: 0,
    }),
    runs("input in lines of base64", cat("aGVs\nbG8=\n"), { exitcode: 0, out: "hello" }),
    runs("input whose base64 is torn", cat("aGVsbG8"), { exitcode: 0, out: "hel" }),
    runs("input of two blocks of base64", cat("aGk=aGk="), { exitcode: 0, out: "hihi" }),
    runs(
      "input that nobody reads",
      { path: "true", "input-data": btoa("x".repeat(300_000)) },
      {
        exitcode: 0,
      },
    ),
    runs(
      "input that does not fit into a pipe",
      shell("cksum", { "input-data": btoa("0123456789".repeat(30_000)) }),
      { exitcode: 0, out: "1993361615 300000\n" },
    ),
    sends(
      "input that is no base64",
      request("guest-exec", '{"path":"true","input-data":"aGVs bG8="}'),
      [refused("Base64 data contains invalid characters")],
    ),
    sends(
      "input that is no base64, for a program that is not there",
      request("guest-exec", '{"path":"/nonexistent","input-data":"!"}'),
      [refused("Base64 data contains invalid characters")],
    ),

    found("a name is looked for along PATH of env", "first:second", "first first/tool\n"),
    found("a search passes over what is not executable", "denied:second", "second second/tool\n"),
    found("a search passes over a folder", "folder:second", "second second/tool\n"),
    found("a search passes over what is no folder", "plain:second", "second second/tool\n"),
    missed("a search that finds nothing", "/nonexistent:.", "No such file or directory"),
    missed(
      "a search that finds what is not executable",
      "denied:/nonexistent",
      "Permission denied",
    ),
    missed("a search that finds a folder", "folder", "Permission denied"),
    missed("a search in what is no folder", "plain", "Not a directory"),
    missed("an empty PATH is the current folder", "", "No such file or directory"),
    runs(
      "an empty element of PATH is the current folder",
      { path: "here", env: ["PATH=/nonexistent:"], "capture-output": true },
      { exitcode: 0, out: "here here\n" },
      { setUp: tools },
    ),
    runs(
      "the first PATH of env counts",
      { path: "tool", env: ["PATH=first", "PATH=second"], "capture-output": true },
      { exitcode: 0, out: "first first/tool\n" },
      { setUp: tools },
    ),
    runs(
      "without PATH in env the agent's counts",
      { path: "echo", arg: ["found"], env: [], "capture-output": true },
      { exitcode: 0, out: "found\n" },
    ),
    runs(
      "a relative path starts from the agent's folder",
      { path: "./here", "capture-output": true },
      { exitcode: 0, out: "here ./here\n" },
      { setUp: tools },
    ),
    runs(
      "a script without #!",
      { path: "./bare", arg: ["a", "b c"], "capture-output": true },
      { exitcode: 0, out: "./bare a b c\n" },
      { setUp: tools },
    ),
    runs("an empty file", { path: "./empty" }, { exitcode: 0 }, { setUp: tools }),
    fails("an empty path", { path: "" }, "No such file or directory"),
    fails(
      "a program that is not there",
      { path: "/nonexistent/program" },
      "No such file or directory",
    ),
    fails("a name that is not there", { path: "no-such-program" }, "No such file or directory"),
    fails(
      "a name is not looked for in the current folder",
      { path: "here" },
      "No such file or directory",
      tools,
    ),
    fails("a folder", { path: "/" }, "Permission denied"),
    fails("the current folder by name", { path: "." }, "Permission denied"),
    fails("a file that is not executable", { path: "./plain" }, "Permission denied", tools),
    fails("a path below a file", { path: "./plain/x" }, "Not a directory", tools),
    fails(
      "a script whose interpreter is not there",
      { path: "./lost" },
      "No such file or directory",
      tools,
    ),
    fails("a name that is too long", { path: "x".repeat(300) }, "File name too long"),
    fails("a path that is too long", { path: `/${"x/".repeat(3000)}` }, "File name too long"),
    fails("a path beyond ASCII", { path: "/\u00e9\ud83d\ude00" }, "No such file or directory"),
    fails("a path with U+0000", { path: "/a\0b" }, "No such file or directory"),

    sends("no path", request("guest-exec"), [refused("Parameter 'path' is missing")]),
    sends("a path that is no string", request("guest-exec", '{"path":1}'), [
      badType("path", "string"),
    ]),
    sends("arguments that are no list", request("guest-exec", '{"path":"true","arg":"x"}'), [
      badType("arg", "array"),
    ]),
    sends("an argument that is no string", request("guest-exec", '{"path":"true","arg":["x",1]}'), [
      badType("arg[1]", "string"),
    ]),
    sends("an env that is no list", request("guest-exec", '{"path":"true","env":{}}'), [
      badType("env", "array"),
    ]),
    sends("a variable that is no string", request("guest-exec", '{"path":"true","env":[null]}'), [
      badType("env[0]", "string"),
    ]),
    sends("input that is no string", request("guest-exec", '{"path":"true","input-data":null}'), [
      badType("input-data", "string"),
    ]),
    sends("a member that is unknown", request("guest-exec", '{"path":"true","x":1}'), [
      refused("Parameter 'x' is unexpected"),
    ]),
    sends(
      "the first fault in the order of the schema",
      request("guest-exec", '{"x":1,"env":1,"arg":1,"path":"true"}'),
      [badType("arg", "array")],
    ),
    ...["null", "1", "1.5", "[]", "{}"].map((value) =>
      sends(
        `capture-output: ${value}`,
        request("guest-exec", `{"path":"true","capture-output":${value}}`),
        [badType("capture-output", "boolean")],
        {
          difference: "exec-capture-words",
          ours: [badType("capture-output", "GuestExecCaptureOutput")],
        },
      ),
    ),
    sends(
      "capture-output with an unknown word",
      request("guest-exec", '{"path":"true","capture-output":"both"}'),
      [badType("capture-output", "boolean")],
      {
        difference: "exec-capture-words",
        ours: [refused("Parameter 'capture-output' does not accept value 'both'")],
      },
    ),
    ...["none", "stdout", "stderr", "separated", "merged"].map(
      (word): Case => ({
        name: `capture-output: ${word}`,
        difference: "exec-capture-words",
        steps: [execute({ path: "true", "capture-output": word })],
        replies: [badType("capture-output", "boolean")],
        ours: [started],
      }),
    ),

    ...["0", "1", "-1", "4294967296", "9223372036854775807"].map((pid) =>
      sends(
        `guest-exec-status of ${pid}`,
        request("guest-exec-status", `{"pid":${pid}}`),
        [refused("Invalid parameter 'pid'")],
        { difference: "exec-unknown-pid", ours: [refused(`PID ${pid} does not exist`)] },
      ),
    ),
    ...['"1"', "1.5", "null", "{}"].map((pid) =>
      sends(`guest-exec-status of ${pid}`, request("guest-exec-status", `{"pid":${pid}}`), [
        badType("pid", "integer"),
      ]),
    ),
    sends("guest-exec-status of nothing", request("guest-exec-status"), [
      refused("Parameter 'pid' is missing"),
    ]),

    runs(
      "signals are unblocked and at their defaults",
      shell("grep -E 'Sig(Blk|Ign)' /proc/self/status"),
      {
        exitcode: 0,
        out: "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n",
      },
    ),
    runs(
      "no descriptor but the first three",
      { path: "ls", arg: ["/proc/self/fd"], "capture-output": true },
      {
        exitcode: 0,
        out: "0\n1\n2\n3\n",
      },
    ),
    runsOtherwise(
      "a session and a process group",
      "exec-session",
      shell('[ "$(cut -d" " -f5,6 /proc/$$/stat)" = "$$ $$" ] && echo own || echo "not own"'),
      { exitcode: 0, out: "not own\n" },
      { exitcode: 0, out: "own\n" },
    ),
  ],
};

function argumentList(): string[] {
  const list = ["", "two words", "\u00e9", '"', "\n", "\0", "-n"];
  return ["-c", 'printf "<%s>" "$@"', "sh", ...list];
}

function environmentOf(env?: string[]) {
  const program = { path: "/bin/cat", arg: ["/proc/self/environ"], "capture-output": true };
  return env === undefined ? program : { ...program, env };
}

function cat(input: string) {
  return { path: "cat", "input-data": input, "capture-output": true };
}

/** Exits with how many of its outputs are /dev/null, and its input. */
function nullLinks() {
  const count =
    'n=0; for fd in 0 1 2; do [ "$(readlink /proc/$$/fd/$fd)" = /dev/null ] && n=$((n+1)); done; exit $n';
  return { path: "/bin/sh", arg: ["-c", count] };
}
