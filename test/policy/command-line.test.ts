import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { policy } from "../../src/cli/policy.ts";
import { allCommands } from "../../src/commands/registry.ts";
import { Scratch } from "../process/scratch.ts";

let scratch: Scratch;
beforeAll(() => {
  scratch = new Scratch();
  writeFileSync(scratch.file("fs.toml"), 'profile = "fs"\n[files]\nread = ["/srv"]\n');
  writeFileSync(scratch.file("bad.toml"), 'profile = "all"\n');
  writeFileSync(scratch.file("exec.toml"), 'profile = "exec"\n');
});
afterAll(() => scratch[Symbol.dispose]());

async function run(...args: readonly string[]) {
  let stdout = "";
  let stderr = "";
  const code = await policy(
    args.map((each) => each.replace("@", scratch.path)),
    {
      stdout: (text) => {
        stdout += text;
      },
      stderr: (text) => {
        stderr += text.replaceAll(scratch.path, "@");
      },
    },
  );
  return { code, stdout, stderr };
}

describe("check", () => {
  test("prints what becomes of each command", async () => {
    const { code, stdout, stderr } = await run("check", "@/fs.toml");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const names = stdout
      .trimEnd()
      .split("\n")
      .map((line) => line.split(/ +/, 2));
    expect(names.map(([name]) => name)).toEqual(allCommands().map(({ name }) => name));
    expect(stdout).toMatch(/^guest-fstrim +yes +profile fs$/m);
    expect(stdout).toMatch(/^guest-exec +no +profile fs does not have it$/m);
  });

  test("tells what is wrong, and what is hardly meant", async () => {
    expect(await run("check", "@/bad.toml")).toEqual({
      code: 1,
      stdout: "",
      stderr: expect.stringMatching(/^guestwire policy: @\/bad\.toml: line 1: profile: /),
    });
    expect(await run("check", "@/none.toml")).toMatchObject({
      code: 1,
      stderr: "guestwire policy: @/none.toml: No such file or directory\n",
    });
    expect((await run("check", "@/exec.toml")).stderr).toBe(
      "guestwire policy: warning: profile exec without [[exec]]: no program may be run\n",
    );
  });
});

describe("test", () => {
  test("tells whether a request would be let through, and by what", async () => {
    expect(await run("test", "@/fs.toml", "guest-fstrim")).toEqual({
      code: 0,
      stdout: "allowed: profile fs\n",
      stderr: "",
    });
    expect(await run("test", "@/fs.toml", "guest-shutdown", "{}")).toEqual({
      code: 1,
      stdout: "denied: profile fs does not have it\n",
      stderr: "",
    });
  });

  test("carries nothing out", async () => {
    writeFileSync(scratch.file("all.toml"), 'profile = "unrestricted"\n');
    const path = join(scratch.path, "made");
    const request = JSON.stringify({ path, mode: "w" });
    expect((await run("test", "@/all.toml", "guest-file-open", request)).code).toBe(0);
    expect(await Bun.file(path).exists()).toBe(false);
    const kept = join(scratch.path, "all.toml");
    const ours = async (name: string, args: object) =>
      (await run("test", "@/all.toml", `__org.guestwire_file-${name}`, JSON.stringify(args))).code;
    expect(await ours("remove", { path: kept })).toBe(0);
    expect(await ours("rename", { from: kept, to: path })).toBe(0);
    expect(await ours("change", { path: kept, size: 0 })).toBe(0);
    expect(await ours("make", { "path-b64": btoa(path), type: "directory" })).toBe(0);
    expect(await Bun.file(kept).text()).toBe('profile = "unrestricted"\n');
    expect(await Bun.file(path).exists()).toBe(false);
  });

  test.each([
    [["test", "@/fs.toml", "guest-nope"], "there is no command guest-nope"],
    [["test", "@/fs.toml", "guest-ping", "[]"], "ARGUMENTS has to be a JSON object"],
    [["test", "@/fs.toml", "guest-ping", "{"], "ARGUMENTS is no JSON"],
    [["test", "@/fs.toml", "guest-ping", '{"x": 1}'], "Parameter 'x' is unexpected"],
    [
      ["test", "@/all.toml", "__org.guestwire_file-stat", "{}"],
      "exactly one of 'path' and 'path-b64' must be given",
    ],
    [
      ["test", "@/all.toml", "__org.guestwire_file-stat", '{"path-b64": "AA=="}'],
      "Parameter 'path-b64' has a NUL in it",
    ],
    [["test", "@/fs.toml"], "COMMAND is needed"],
    [["test", "@/fs.toml", "guest-ping", "{}", "more"], "Too many arguments: more"],
    [["check", "a", "b"], "Too many arguments: b"],
    [["print"], "PROFILE is needed"],
    [["print", "root"], "there is no profile root"],
    [[], "one of check, test and print is needed"],
    [["check", "--frob"], "Unknown option"],
  ])("%p is wrong use", async (args, said) => {
    const { code, stderr, stdout } = await run(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(said);
  });
});

test("print prints a policy that check takes", async () => {
  const { code, stdout } = await run("print", "file-read");
  expect(code).toBe(0);
  writeFileSync(scratch.file("printed.toml"), stdout);
  expect(await run("check", "@/printed.toml")).toMatchObject({ code: 0, stderr: "" });
});
