import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { ConfigError, combine, dumpConfig, withChannel } from "../../src/agent/config.ts";
import { type Invocation, readOptions } from "../../src/agent/options.ts";
import { lackOf, qemuGa } from "../differential/binaries.ts";
import { glibMessage, runQemuGa } from "./reference.ts";

function read(words: readonly string[], environment: Record<string, string> = {}): Invocation {
  return readOptions(["qemu-ga", ...words], environment);
}

describe("readOptions", () => {
  test("reads every option by its letter", () => {
    const words = "-c /c -m isa-serial -p /p -l /l -f /f -F/h -t /t -v -d -r -b a,b -a c".split(
      " ",
    );
    expect(read(words)).toEqual({
      kind: "run",
      configFile: "/c",
      settings: {
        method: "isa-serial",
        path: "/p",
        logFile: "/l",
        pidFile: "/f",
        fsfreezeHook: "/h",
        stateDir: "/t",
        verbose: true,
        daemonize: true,
        retryPath: true,
        blockRpcs: ["b", "a"],
        allowRpcs: ["c"],
      },
    });
  });

  test("reads every option by its name", () => {
    const words =
      "--config=/c --method=isa-serial --path /p --logfile /l --pidfile /f --fsfreeze-hook=/h --statedir /t --verbose --daemonize --retry-path --block-rpcs a --allow-rpcs b --file-mode=0640 --log-format json --audit-log=/a --freeze-timeout=60 --dump-conf";
    expect(read(words.split(" "))).toEqual({
      kind: "dump-conf",
      configFile: "/c",
      settings: {
        method: "isa-serial",
        path: "/p",
        logFile: "/l",
        pidFile: "/f",
        fsfreezeHook: "/h",
        stateDir: "/t",
        verbose: true,
        daemonize: true,
        retryPath: true,
        blockRpcs: ["a"],
        allowRpcs: ["b"],
        fileMode: "0640",
        logFormat: "json",
        auditLog: "/a",
        freezeTimeoutSeconds: "60",
      },
    });
  });

  test("takes --freeze-timeout written out only", () => {
    const settings = { freezeTimeoutSeconds: "60" };
    expect(read(["--freeze-timeout", "60"])).toMatchObject({ settings });
    expect(read(["--freeze=60"])).toMatchObject({
      complaint: "qemu-ga: unrecognized option '--freeze=60'",
    });
  });

  test("takes --file-mode written out only", () => {
    expect(read(["--file-mode", "0644"])).toMatchObject({ settings: { fileMode: "0644" } });
    expect(read(["--file-mod=0644"])).toMatchObject({
      complaint: "qemu-ga: unrecognized option '--file-mod=0644'",
    });
    expect(read(["--f=/h"])).toMatchObject({ settings: { fsfreezeHook: "/h" } });
  });

  test("takes --policy written out only", () => {
    expect(read(["--policy", "/p"])).toMatchObject({ settings: { policyFile: "/p" } });
    expect(read(["--polic=/p"])).toMatchObject({
      complaint: "qemu-ga: unrecognized option '--polic=/p'",
    });
    expect(read(["--pa=/p"])).toMatchObject({ settings: { path: "/p" } });
  });

  test("takes --log-format and --audit-log written out only", () => {
    expect(read(["--log=/l"])).toMatchObject({ settings: { logFile: "/l" } });
    for (const shortened of ["--log-f=json", "--audit=/a"]) {
      expect(read([shortened])).toMatchObject({
        complaint: `qemu-ga: unrecognized option '${shortened}'`,
      });
    }
  });

  test("says nothing about what was not given", () => {
    expect(read([])).toEqual({ kind: "run", configFile: null, settings: {} });
  });

  test("adds lists up and lets the last of other options win", () => {
    const { settings } = read(["-ba", "--blacklist=b", "-m", "x", "-m", "y"]) as {
      settings: object;
    };
    expect(settings).toEqual({ blockRpcs: ["a", "b"], method: "y" });
  });

  test("takes the stock hook for -F alone", () => {
    expect(read(["-F"])).toMatchObject({ settings: { fsfreezeHook: "/etc/qemu/fsfreeze-hook" } });
  });

  test.each<[string[], string]>([
    [["-b", "help"], "list-commands"],
    [["-a", "?"], "list-commands"],
    [["--allow-rpcs=help"], "list-commands"],
    [["-V", "-x"], "version"],
    [["-h", "-b", "help"], "help"],
    [["-D", "-h"], "help"],
    [["-x", "-h"], "error"],
    [["-b", "help,guest-ping"], "run"],
  ])("lets the first word that settles the matter win: %j is %s", (words, kind) => {
    expect(read(words).kind).toBe(kind as Invocation["kind"]);
  });

  test("words an error with the name it was called by", () => {
    expect(readOptions(["./x y", "--ver"], {})).toEqual({
      kind: "error",
      complaint: "./x y: option '--ver' is ambiguous; possibilities: '--version' '--verbose'",
      advice: "Unknown option, try './x y --help' for more information.",
    });
  });
});

/** What we would print and exit with, apart from texts of our own. */
function outcome(invocation: Invocation): { exitCode: number; stdout: string; complaint: string } {
  switch (invocation.kind) {
    case "help":
      return { exitCode: 0, stdout: "Usage: qemu-ga", complaint: "" };
    case "version":
      return { exitCode: 0, stdout: "QEMU Guest Agent", complaint: "" };
    case "list-commands":
      return { exitCode: 0, stdout: "guest-sync-delimited", complaint: "" };
    case "error":
      return { exitCode: 1, stdout: `${invocation.advice}\n`, complaint: invocation.complaint };
    default:
      return dumpOutcome(invocation.settings);
  }
}

function dumpOutcome(settings: Parameters<typeof combine>[1]) {
  try {
    const dump = dumpConfig(withChannel(combine({}, settings), null));
    return { exitCode: 0, stdout: dump.replace("allow-rpcs=\n", ""), complaint: "" };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { exitCode: 1, stdout: "", complaint: error.message };
  }
}

function expectSameAsQemuGa(words: readonly string[], environment: Record<string, string> = {}) {
  const ours = outcome(read(words, environment));
  const theirs = runQemuGa(words, environment);
  const said = glibMessage(theirs.stderr) ?? theirs.stderr.trimEnd();
  // Help, version and lists are compared by how they begin.
  const stdout = ours.stdout.endsWith("\n")
    ? theirs.stdout
    : theirs.stdout.slice(0, ours.stdout.length);
  expect({ exitCode: theirs.exitCode, stdout, complaint: said }).toEqual(ours);
}

function wordList(text: string): string[] {
  return text.split(" ");
}

const commonWords = [
  ["-D"],
  ["--da", "-D"],
  ["--dump"],
  ["--d"],
  ["--v"],
  ["--bl=a", "-D"],
  ["-F", "/x", "-D"],
  ["-F/x", "-D"],
  ["-FD", "-D"],
  ["-DF"],
  ["--fsfreeze-hook", "/x", "-D"],
  ["--fsf=/x", "-D"],
  ["--fsf=", "-D"],
  ["-vfD", "-D"],
  ["-D", "--", "-v"],
  ["a", "-D", "b"],
  ["-", "-D"],
  ["-ba,b", "-b", "c", "--blacklist=d,e", "-D"],
  ["-b", " a, b", "-D"],
  ["-b", ",a,,b,", "-D"],
  ["-l", "", "-p", "", "-D"],
  ["-m", "isa-serial", "-D"],
  ["-m", "unix-listen", "-D"],
  ["-m", "", "-D"],
  ["-m", "nonsense", "-p", "x", "-D"],
  ["-s", "install", "-D"],
  ["-s"],
  ["--service=x"],
  ["-W", "foo"],
  ["-t", "a\\b\n c", "-f", " p", "-D"],
];

describe.skipIf(!qemuGa.present)(`readOptions beside qemu-ga${lackOf(qemuGa)}`, () => {
  test.each(commonWords.map((words) => [words]))("takes %j the same way", (words) => {
    expectSameAsQemuGa(words);
  });

  test("stops at an operand under POSIXLY_CORRECT", () => {
    expectSameAsQemuGa(["-D", "-v", "a", "-d"], { POSIXLY_CORRECT: "1" });
  });

  test("takes any other command line the same way", () => {
    // 7.2 has no -a and -c, so what could stand for them is left out.
    const word = fc.constantFrom(
      ...wordList(
        "-v -d -r -m -mfoo -p -p/x -l -f -F -Fv -t -b -bq,w -vd -vrb -rx -dF -s -h -V -b? -bhelp",
      ),
      ...wordList(
        "-D - -- --- = -= -m=isa-serial a help ? --verbose --verb --ver --v --verbose= --version",
      ),
      ...wordList(
        "--path --path= --pa=/q --p --m=vsock-listen --meth --log --st=a --state --re --r=1 --q",
      ),
      ...wordList("--dae --dum --d=1 --f --f=a --fs --b --bl --blo=x --black --he --help=1 --="),
      ...["", "-\t", "--pid=x y"],
    );
    // The empty long name lists all names, and ours are two more.
    const listsAll = (words: readonly string[]) => words.some((each) => /^--=/.test(each));
    const words = fc.array(word, { maxLength: 5 }).filter((each) => !listsAll(each));
    fc.assert(
      // -D comes first, so that no agent is started.
      fc.property(words, (rest) => expectSameAsQemuGa(["-D", ...rest])),
      { numRuns: 150 },
    );
  });
});
