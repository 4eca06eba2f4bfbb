/** The agent under a policy: what a host sees, and what it cannot get by any words. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { needsAgent, noAgent } from "../process/agent.ts";
import { isRunning, until } from "../process/proc.ts";
import { Scratch } from "../process/scratch.ts";
import { denial, Policed } from "./policed.ts";

setDefaultTimeout(120_000);

describe.skipIf(noAgent)(`an agent with a policy${needsAgent}`, () => {
  let scratch: Scratch;
  let policy: string;
  let served: Policed;
  let drop: string;
  beforeAll(async () => {
    scratch = new Scratch();
    drop = scratch.file("drop");
    mkdirSync(drop);
    mkdirSync(scratch.file("bin"));
    writeFileSync(scratch.file("secret"), "secret");
    writeFileSync(join(drop, "open"), "open");
    symlinkSync(scratch.file("secret"), join(drop, "link"));
    symlinkSync(scratch.path, join(drop, "up"));
    const tool = scratch.file("bin/tool");
    writeFileSync(
      tool,
      '#!/bin/sh\ncase $1 in\n  env) env ;;\n  much) head -c 5000 /dev/zero ;;\n  long) sleep 600 & echo $!; wait ;;\n  *) echo "$0 $*" ;;\nesac\n',
      { mode: 0o755 },
    );
    policy = scratch.file("policy.toml");
    writeFileSync(
      policy,
      `profile = ["file-write", "exec"]
[files]
read = ["${drop}"]
write = ["${drop}"]
[users]
ssh-keys = ["nobody"]
[[exec]]
program = "${tool}"
args = [{ one-of = ["env", "much", "long", "-c"] }]
env = ["LANG"]
output-bytes = 1000
run-seconds = 1
`,
    );
    served = await Policed.start(policy);
  });
  afterAll(async () => {
    await served?.[Symbol.asyncDispose]();
    scratch[Symbol.dispose]();
  });

  const open = (path: string, mode = "r") => served.client.ask("guest-file-open", { path, mode });
  const exec = (path: string, arg: string[] = [], more: object = {}) =>
    served.client.ask("guest-exec", { path, arg, ...more });

  test("says which commands it has, and serves them", () => {
    const enabled = served.enabled();
    expect(enabled).toContain("guest-file-write");
    expect(enabled).toContain("guest-exec");
    for (const name of ["guest-shutdown", "guest-set-user-password", "guest-fstrim"]) {
      expect(enabled).not.toContain(name);
      expect(served.client.ask(name)).toEqual(denial(name));
    }
    const handle = served.client.call("guest-file-open", { path: join(drop, "new"), mode: "w" });
    served.client.call("guest-file-write", { handle, "buf-b64": "aGk=" });
    served.client.call("guest-file-close", { handle });
    expect(readFileSync(join(drop, "new"), "utf8")).toBe("hi");
  });

  test("a denial comes before arguments are looked at, and before anything is done", () => {
    expect(served.client.ask("guest-set-time", { nonsense: 1 })).toEqual(denial("guest-set-time"));
  });

  test.each([
    ["/etc/shadow", "r"],
    ["@/link", "r"],
    ["@/link", "w"],
    ["@/up/secret", "r"],
    ["@/../secret", "r"],
    ["@/./../drop/../secret", "a"],
    ["@/up/made", "w"],
    ["//proc/self/root/etc/shadow", "r"],
    ["/proc/self/fd/0", "r"],
    ["/proc/self/environ", "r"],
    ["/proc/self/mem", "r+"],
    ["/proc/sys/kernel/core_pattern", "w"],
    ["/proc/thread-self/cwd/etc/shadow", "r"],
    ["/dev/fd/0", "r"],
    ["/dev/mem", "r"],
    ["/dev/vda", "r+"],
    ["/dev/null", "w"],
    ["etc/shadow", "r"],
    ["@\0/open", "r"],
    ["@/open\0/../../secret", "r"],
    ["@ /open", "r"],
    ["@\u2044open", "r"],
    ["@\u2024\u2024/secret", "r"],
    ["@/../d\u0433op/open", "r"],
    ["", "r"],
    ["/", "r"],
  ])("%p in mode %s cannot be opened", (path, mode) => {
    const full = path.replace("@", drop);
    expect(open(full, mode)).toEqual(denial("guest-file-open"));
    expect(readFileSync(scratch.file("secret"), "utf8")).toBe("secret");
    expect(readdirSync(scratch.path).sort()).toEqual(["bin", "drop", "policy.toml", "secret"]);
  });

  test("a name with a newline or a NUL in it is just another name", () => {
    expect(open(join(drop, "open\n")).error?.desc).toEndWith("No such file or directory");
    expect(open(join(drop, "open\0")).error?.desc).toEndWith("No such file or directory");
  });

  test("of members that come twice the last one counts, for the rules as for the deed", () => {
    const line = (first: string, second: string) =>
      `{"execute":"guest-file-open","arguments":{"path":${JSON.stringify(first)},"path":${JSON.stringify(second)}}}\n`;
    const secret = scratch.file("secret");
    served.client.send(line(join(drop, "open"), secret));
    expect(served.client.reply().return).toBeUndefined();
    served.client.send(line(secret, join(drop, "open")));
    const reply = served.client.reply();
    if (reply.return !== undefined) {
      const { "buf-b64": data } = served.client.call("guest-file-read", {
        handle: reply.return,
      }) as { "buf-b64": string };
      expect(atob(data)).toBe("open");
    }
  });

  test.each([
    ["/bin/sh", ["-c", "id"]],
    ["sh", ["-c", "id"]],
    ["bash", []],
    ["env", ["tool", "env"]],
    ["/usr/bin/env", ["@", "env"]],
    ["@", []],
    ["@", ["x"]],
    ["@", ["env", "more"]],
    ["@", ["-c; id"]],
    ["@", ["env\nid"]],
    ["@", ["env\0"]],
    ["@/", ["env"]],
    ["@\0", ["env"]],
    ["./tool", ["env"]],
    ["bin/tool", ["env"]],
    ["/proc/self/exe", ["env"]],
    ["/lib64/ld-linux-x86-64.so.2", ["/bin/sh"]],
    ["busybox", ["tool", "env"]],
    ["to\u043el", ["env"]],
    ["", ["env"]],
  ])("%p with %p cannot be run", (path, arg) => {
    const tool = scratch.file("bin/tool");
    const full = (text: string) => text.replace("@", tool);
    expect(exec(full(path), arg.map(full))).toEqual(denial("guest-exec"));
  });

  test.each([
    [["LD_PRELOAD=/tmp/x.so"]],
    [["LANG=C", "LD_LIBRARY_PATH=/tmp"]],
    [["PATH=/tmp"]],
    [["BASH_ENV=/tmp/x"]],
    [["LANG\nLD_PRELOAD=/tmp/x.so"]],
    [["LANG"]],
    [["=LANG=C"]],
    [["lang=C"]],
  ])("the environment %p cannot be set", (env) => {
    expect(exec("tool", ["env"], { env })).toEqual(denial("guest-exec"));
  });

  test("input that no rule allows is not given", () => {
    expect(exec("tool", ["env"], { "input-data": "aWQK" })).toEqual(denial("guest-exec"));
  });

  test("what a rule names runs, wherever PATH would lead", async () => {
    const { pid } = served.client.call("guest-exec", {
      path: "tool",
      arg: ["-c"],
      "capture-output": true,
    }) as { pid: number };
    const { "out-data": data } = await served.result(pid);
    expect(atob(data as string)).toBe(`${scratch.file("bin/tool")} -c\n`);
  });

  test("its output is cut where the rule says so", async () => {
    const { pid } = served.client.call("guest-exec", {
      path: "tool",
      arg: ["much"],
      "capture-output": true,
    }) as { pid: number };
    const status = await served.result(pid);
    expect(atob(status["out-data"] as string)).toHaveLength(1000);
    expect(status["out-truncated"]).toBe(true);
  });

  test("it is killed, with what it has started, when it takes too long", async () => {
    const { pid } = served.client.call("guest-exec", {
      path: "tool",
      arg: ["long"],
      "capture-output": true,
    }) as { pid: number };
    const status = await served.result(pid);
    expect(status).toMatchObject({ exited: true, signal: 9 });
    const child = Number(atob(status["out-data"] as string));
    expect(child).toBeGreaterThan(pid);
    await until("the child is gone", () => !isRunning(child));
  });

  test("users are those of the list", () => {
    const get = (username: string) =>
      served.client.ask("guest-ssh-get-authorized-keys", { username });
    expect(get("root")).toEqual(denial("guest-ssh-get-authorized-keys"));
    expect(get("nobody").error?.class).toBe("GenericError");
  });

  test("lists of commands keep working on top", async () => {
    await using blocked = await Policed.start(policy, "--block-rpcs=guest-file-open");
    expect(blocked.enabled()).not.toContain("guest-file-open");
    expect(blocked.client.ask("guest-file-open", { path: join(drop, "open") })).toEqual(
      denial("guest-file-open"),
    );
    await using only = await Policed.start(
      policy,
      "--allow-rpcs=guest-sync-delimited,guest-info,guest-shutdown",
    );
    expect(only.enabled().sort()).toEqual(["guest-info", "guest-sync-delimited"]);
  });
});

describe.skipIf(noAgent)(`an agent whose policy cannot be used${needsAgent}`, () => {
  const session = ["guest-info", "guest-ping", "guest-sync", "guest-sync-delimited"];

  test.each([
    ["is broken", (path: string) => writeFileSync(path, "profile ="), "line 1: Missing value"],
    [
      "has a rule that is none",
      (path: string) => writeFileSync(path, 'profile = "unrestricted"\nfile = {}\n'),
      "line 2: file: there is no such key",
    ],
    ["is not there, and was named", () => {}, "No such file or directory"],
    ["is a folder", (path: string) => mkdirSync(path), "it is no regular file"],
    [
      "can be changed by others",
      (path: string) => {
        writeFileSync(path, 'profile = "unrestricted"\n');
        chmodSync(path, 0o666);
      },
      "others than its owner can write to",
    ],
    ["is no text", (path: string) => writeFileSync(path, Buffer.of(0xff, 0xfe)), "it is not UTF-8"],
    ["is too long", (path: string) => writeFileSync(path, "#".repeat(300_000)), "File too large"],
  ])("that %s is closed, and says why", async (_, make, said) => {
    using scratch = new Scratch();
    const path = scratch.file("policy.toml");
    make(path);
    await using served = await Policed.start(path);
    expect(served.enabled().sort()).toEqual(session);
    expect(served.client.ask("guest-get-osinfo")).toEqual(denial("guest-get-osinfo"));
    expect(served.client.ask("guest-file-open", { path })).toEqual(denial("guest-file-open"));
    expect(served.client.ask("guest-ping")).toEqual({ return: {} });
    expect(served.log).toContain(`critical: the policy ${path} cannot be used: `);
    expect(served.log).toContain(said);
    expect(existsSync(path) || said.includes("No such file")).toBe(true);
  });
});
