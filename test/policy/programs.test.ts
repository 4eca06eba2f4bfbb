import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JobOrder } from "../../src/linux/job.ts";
import type { StreamOrder } from "../../src/linux/stream.ts";
import { policyWarnings } from "../../src/policy/warnings.ts";
import type { JsonValue } from "../../src/wire/json.ts";
import { answer, policyOf } from "./policy-of.ts";

let folder: string;
beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "guestwire-test-")));
  mkdirSync(join(folder, "bin"));
  symlinkSync("bin", join(folder, "link"));
  for (const name of ["tool", "other"]) {
    writeFileSync(join(folder, "bin", name), "#!/bin/sh\n", { mode: 0o755 });
  }
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const rule = (...lines: readonly string[]) =>
  policyOf('profile = "exec"', "[[exec]]", `program = "${folder}/bin/tool"`, ...lines);

const run = (
  policy: ReturnType<typeof rule>,
  path: string,
  arg: string[] = [],
  more: Record<string, string | string[]> = {},
) => answer(policy, "guest-exec", { path, arg, ...more }).replaceAll(folder, "");

describe("the program", () => {
  test("is the rule's, by its path, its name, or another way to it", () => {
    const policy = rule();
    for (const path of [`${folder}/bin/tool`, "tool", `${folder}/link/tool`]) {
      expect(run(policy, path)).toBe("yes");
    }
    for (const path of [
      "sh",
      "/bin/sh",
      `${folder}/bin/other`,
      "bin/tool",
      "./tool",
      "tool\0",
      "tool\n",
      "t\u043eol",
      "",
      `${folder}/bin/tool/`,
      "/tmp/tool",
    ]) {
      expect(run(policy, path)).toBe(`no [[exec]] has the program ${path.replaceAll(folder, "")}`);
    }
  });

  test("what runs is what the rule names, under the name that the host gave", () => {
    const order: JobOrder = {
      path: "tool",
      args: [],
      env: undefined,
      input: null,
      capture: "none",
    };
    expect(rule().narrowProgram(order)).toEqual({ ...order, program: `${folder}/bin/tool` });
  });

  test("has to be root's alone, and so has the way to it", () => {
    const path = join(folder, "bin/tool");
    chmodSync(path, 0o777);
    expect(run(rule(), "tool")).toBe(
      "the program of the rule is not root's alone: others than its owner can write to /bin/tool",
    );
    chmodSync(path, 0o755);
    chmodSync(join(folder, "bin"), 0o777);
    expect(run(rule(), "tool")).toContain("others than its owner can write to /bin");
    chmodSync(join(folder, "bin"), 0o755);
  });
});

describe("arguments", () => {
  test("are all of them and no more", () => {
    const policy = rule('args = ["-h", "a b"]');
    expect(run(policy, "tool", ["-h", "a b"])).toBe("yes");
    expect(run(policy, "tool", ["-h"])).toBe("[[exec]] 1: argument 2 is missing");
    expect(run(policy, "tool", ["-h", "a b", "c"])).toBe("[[exec]] 1: too many arguments");
    expect(run(policy, "tool", ["-h", "a b "])).toBe(
      '[[exec]] 1: argument 2 is another one: "a b "',
    );
    expect(run(rule(), "tool", ["x"])).toBe("[[exec]] 1: too many arguments");
  });

  test("one of some, or made of some characters", () => {
    const policy = rule(
      'args = [{ one-of = ["start", "stop"] }, { after = "--lines=", characters = "0-9", max = 3 }]',
    );
    expect(run(policy, "tool", ["stop", "--lines=100"])).toBe("yes");
    for (const wrong of [
      ["restart", "--lines=1"],
      ["stop", "--lines=1000"],
      ["stop", "--lines="],
      ["stop", "--lines=1\n"],
      ["stop", "--lines=\u0661"],
      ["stop", "lines=1"],
    ]) {
      expect(run(policy, "tool", wrong)).toContain("is another one");
    }
  });

  test("a value that is an option is none, unless the rule has its beginning", () => {
    const policy = rule('args = [{ characters = "a-z-", max = 20 }]');
    expect(run(policy, "tool", ["a-b"])).toBe("yes");
    expect(run(policy, "tool", ["--output"])).toContain("is another one");
    expect(run(policy, "tool", ["-"])).toContain("is another one");
    expect(run(policy, "tool", [""])).toContain("is another one");
  });

  test("a rest of them, or any", () => {
    const rest = rule('args = ["x"]', 'rest = { characters = "a-z", max = 3, count = 2 }');
    expect(run(rest, "tool", ["x"])).toBe("yes");
    expect(run(rest, "tool", ["x", "abc", "d"])).toBe("yes");
    expect(run(rest, "tool", ["x", "a", "b", "c"])).toContain("too many");
    expect(run(rest, "tool", ["x", "-a"])).toContain('rest does not have "-a"');
    expect(run(rest, "tool", ["x", "abcd"])).toContain("rest does not have");
    expect(run(rule('args = "any"'), "tool", ["-c", "rm -rf /"])).toBe("yes");
  });

  test("the first rule that fits counts; where none does, each tells why", () => {
    const policy = rule(
      'args = ["a"]',
      "[[exec]]",
      `program = "${folder}/bin/tool"`,
      'args = ["b"]',
    );
    expect(run(policy, "tool", ["b"])).toBe("yes");
    expect(run(policy, "tool", ["c"])).toBe(
      '[[exec]] 1: argument 1 is another one: "c"; [[exec]] 2: argument 1 is another one: "c"',
    );
  });
});

describe("environment and input", () => {
  test("only variables that are named", () => {
    const policy = rule('env = ["LANG"]');
    expect(run(policy, "tool", [], { env: ["LANG=C"] })).toBe("yes");
    for (const entry of ["LD_PRELOAD=/tmp/x.so", "lang=C", "LANG =C", "LANG", "=x", "PATH=/tmp"]) {
      expect(run(policy, "tool", [], { env: ["LANG=C", entry] })).toStartWith("[[exec]] 1: ");
    }
  });

  test("input where the rule has it", () => {
    expect(run(rule(), "tool", [], { "input-data": "eA==" })).toContain("input is not true");
    expect(run(rule("input = true"), "tool", [], { "input-data": "eA==" })).toBe("yes");
  });
});

describe("what only exec-start has", () => {
  const start = (policy: ReturnType<typeof rule>, more: Record<string, JsonValue>) =>
    answer(policy, "__org.guestwire_exec-start", { path: "tool", ...more }).replaceAll(folder, "");
  const size = new Map<string, JsonValue>([
    ["rows", 24],
    ["columns", 80],
  ]);

  test("takes a key of its own, also where any arguments will do", () => {
    const policy = rule('args = "any"');
    expect(start(policy, { arg: ["x"], merge: true, stdin: false })).toBe("yes");
    expect(start(policy, { user: "root" })).toBe("[[exec]] 1: users does not have root");
    expect(start(policy, { cwd: "/" })).toBe("[[exec]] 1: cwd does not have /");
    expect(start(policy, { tty: size })).toContain("tty is not true");
    expect(start(policy, { stdin: true })).toContain("input is not true");
  });

  test("is let through where the rule has it, to the letter", () => {
    const policy = rule('users = ["deploy"]', `cwd = ["${folder}/bin"]`, "tty = true");
    expect(start(policy, { user: "deploy", cwd: `${folder}/bin`, tty: size })).toBe("yes");
    // What is typed is input that goes with the terminal; a pipe is not.
    expect(start(policy, { tty: size, stdin: true })).toBe("yes");
    expect(start(policy, { stdin: true })).toContain("input is not true");
    for (const user of ["Deploy", "deploy ", "deploy\0", "", "0", "1000"]) {
      expect(start(policy, { user })).toBe(`[[exec]] 1: users does not have ${user}`);
    }
    for (const cwd of ["/bin/", "/bin/.", "/link", "", "/bin/..", "/"]) {
      expect(start(policy, { cwd: `${folder}${cwd}` })).toContain("cwd does not have");
    }
  });

  test("a folder has to be root's alone", () => {
    mkdirSync(join(folder, "open"));
    chmodSync(join(folder, "open"), 0o777);
    const open = rule(`cwd = ["${folder}/open"]`);
    expect(start(open, { cwd: `${folder}/open` })).toStartWith(
      "the folder of the rule is not root's alone: others than its owner can write to /open",
    );
  });

  test("time is limited there as well", () => {
    const order: StreamOrder = {
      path: "tool",
      args: [],
      env: undefined,
      cwd: undefined,
      user: undefined,
      hasInput: false,
      isMerged: false,
      terminal: null,
    };
    expect(rule("run-seconds = 2").narrowStream(order)).toMatchObject({
      program: `${folder}/bin/tool`,
      runMsMax: 2000,
    });
  });
});

test("limits go with the order", () => {
  const order: JobOrder = { path: "tool", args: [], env: undefined, input: null, capture: "none" };
  const policy = rule("run-seconds = 2", "output-bytes = 100");
  expect(policy.narrowProgram(order)).toMatchObject({ runMsMax: 2000, outputBytesMax: 100 });
});

test("unrestricted without rules runs everything, with them what they name", () => {
  expect(run(policyOf('profile = "unrestricted"'), "sh", ["-c", "id"])).toBe("yes");
  const narrowed = policyOf('profile = "unrestricted"', "exec = []");
  expect(answer(narrowed, "guest-exec", { path: "sh" })).toContain("no program may be run");
});

test("rules that give everything away are warned of", () => {
  const policy = policyOf(
    'profile = "exec"',
    "[[exec]]",
    'program = "/bin/sh"',
    'args = "any"',
    'env = ["LD_PRELOAD"]',
    "[[exec]]",
    'program = "/nonexistent/tool"',
    "[[exec]]",
    'program = "/nonexistent/systemctl"',
    "tty = true",
  );
  expect(policyWarnings(policy)).toEqual([
    "[[exec]] 1: /bin/sh runs what its arguments or its input say: that is everything",
    "[[exec]] 1: with LD_PRELOAD the host may have /bin/sh run code of its own",
    "[[exec]] 2: /nonexistent/tool: No such file or directory",
    "[[exec]] 3: in a terminal /nonexistent/systemctl runs what keys say, or starts a pager that does",
    "[[exec]] 3: /nonexistent/systemctl: No such file or directory",
  ]);
});
