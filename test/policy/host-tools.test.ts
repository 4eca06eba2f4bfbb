/** What people use on the host, against an agent with rules: it works where they let it, and does nothing else. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { Agent, needsAgent, noAgent, run } from "../process/agent.ts";
import { Scratch } from "../process/scratch.ts";
import { denial, Policed } from "./policed.ts";

setDefaultTimeout(120_000);

const guestwire = (...args: readonly string[]) => run(args, { argv0: "guestwire" }, 60_000);

function policyIn(scratch: Scratch): string {
  const drop = scratch.file("drop");
  mkdirSync(drop);
  writeFileSync(scratch.file("secret"), "secret");
  symlinkSync("../secret", join(drop, "link"));
  const policy = scratch.file("policy.toml");
  writeFileSync(
    policy,
    `profile = ["file-write", "exec"]
[files]
read = ["${drop}"]
write = ["${drop}"]
[[exec]]
program = "/bin/echo"
args = ["hello"]
`,
  );
  return policy;
}

describe.skipIf(noAgent)(`tools of the host against rules${needsAgent}`, () => {
  test("guestwire cp copies a tree in and out, and nothing from or to elsewhere", async () => {
    using scratch = new Scratch();
    await using agent = await Agent.start([`--policy=${policyIn(scratch)}`]);
    const [source, drop] = [scratch.file("source"), scratch.file("drop")];
    mkdirSync(join(source, "below"), { recursive: true });
    writeFileSync(join(source, "below/file"), "content", { mode: 0o640 });
    writeFileSync(join(source, "large"), "x".repeat(3_000_000));
    symlinkSync("below/file", join(source, "link"));
    const guest = (path: string) => `${agent.socket}:${path}`;
    expect(await guestwire("cp", "-r", source, guest(`${drop}/`))).toMatchObject({ code: 0 });
    const back = scratch.file("back");
    expect(await guestwire("cp", "-r", guest(`${drop}/source`), back)).toMatchObject({ code: 0 });
    expect(readFileSync(join(back, "below/file"), "latin1")).toBe("content");
    expect(lstatSync(join(drop, "source/below/file")).mode & 0o7777).toBe(0o640);
    expect(readFileSync(join(back, "large")).length).toBe(3_000_000);
    expect(readlinkSync(join(back, "link"))).toBe("below/file");

    const before = readdirSync(scratch.path).sort();
    for (const [from, to] of [
      [guest(scratch.file("secret")), scratch.file("got")],
      [guest(`${drop}/link`), scratch.file("got")],
      [guest("/etc/hostname"), scratch.file("got")],
      [join(source, "large"), guest(scratch.file("put"))],
      [join(source, "below/file"), guest(`${drop}/../put`)],
    ] as const) {
      const { code, stderr } = await guestwire("cp", from, to);
      expect([from, to, code]).toEqual([from, to, 1]);
      expect(stderr).toContain("has been disabled: the command is not allowed");
    }
    expect(readdirSync(scratch.path).sort()).toEqual(before);
  });

  test("guestwire exec runs what rules name", async () => {
    using scratch = new Scratch();
    await using agent = await Agent.start([`--policy=${policyIn(scratch)}`]);
    const exec = (...args: readonly string[]) =>
      guestwire("exec", agent.socket, "--no-stdin", ...args);
    expect(await exec("--", "echo", "hello")).toMatchObject({ code: 0, stdout: "hello\n" });
    for (const args of [
      ["--", "echo", "more"],
      ["--", "id"],
      ["--env", "LD_PRELOAD=x", "--", "echo", "hello"],
      ["--user", "root", "--", "echo", "hello"],
      ["--cwd", "/", "--", "echo", "hello"],
      ["--tty", "--", "echo", "hello"],
    ]) {
      const { code, stdout } = await exec(...args);
      expect([args, stdout, code]).toEqual([args, "", 125]);
    }
    const given = await guestwire("exec", agent.socket, "--", "echo", "hello");
    expect([given.code, given.stderr]).toEqual([
      125,
      `CommandNotFound: ${denial("__org.guestwire_exec-start").error?.desc}\n`,
    ]);
  });

  test("files are opened, synced and looked through where rules let them be", async () => {
    using scratch = new Scratch();
    const policy = policyIn(scratch);
    await using served = await Policed.start(policy);
    const ask = (name: string, args: object) =>
      served.client.ask(`__org.guestwire_file-${name}`, args as never);
    const path = scratch.file("drop/new");
    const encoded = { "path-b64": btoa(path) };
    const opened = ask("open", { ...encoded, mode: "w", exclusive: true, nofollow: true });
    expect(opened.return).toMatchObject({ type: "file", size: 0, mode: 0o600 });
    expect(ask("open", { ...encoded, mode: "w", exclusive: true }).error?.desc).toEndWith(
      "File exists",
    );
    expect(ask("sync", encoded)).toEqual({ return: {} });
    expect(ask("sync", { path: scratch.file("drop") })).toEqual({ return: {} });
    expect(ask("data", encoded)).toEqual({ return: { ranges: [] } });
    for (const other of [scratch.file("secret"), scratch.file("drop/../none"), "/etc/shadow"]) {
      for (const [name, more] of [
        ["open", {}],
        ["open", { mode: "w", exclusive: true }],
        ["open", { nofollow: true }],
        ["sync", {}],
        ["data", {}],
        ["get", {}],
      ] as const) {
        expect(ask(name, { "path-b64": btoa(other), ...more })).toEqual(
          denial(`__org.guestwire_file-${name}`),
        );
      }
    }
    const link = { path: scratch.file("drop/link") };
    expect(ask("open", link)).toEqual(denial("__org.guestwire_file-open"));
    expect(ask("open", { ...link, nofollow: true }).error?.desc).toEndWith(
      "Too many levels of symbolic links",
    );
    expect(ask("sync", link).error?.desc).toEndWith("Too many levels of symbolic links");
    expect(existsSync(scratch.file("none"))).toBe(false);
  });
});
