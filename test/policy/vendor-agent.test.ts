/** The agent under a policy: our own commands, as a host calls them. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, chownSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { needsAgent, noAgent } from "../process/agent.ts";
import { isRunning, until } from "../process/proc.ts";
import { Scratch } from "../process/scratch.ts";
import { denial, Policed } from "./policed.ts";

setDefaultTimeout(120_000);

const isRoot = process.getuid?.() === 0;
const vendor = (name: string) => `__org.guestwire_${name}`;

type Reading = {
  readonly "out-data"?: string;
  readonly done: boolean;
  readonly exitcode?: number;
  readonly signal?: number;
};

describe.skipIf(noAgent)(`our own commands under a policy${needsAgent}`, () => {
  let scratch: Scratch;
  let served: Policed;
  let drop: string;
  let tool: string;
  let open: string;
  beforeAll(async () => {
    scratch = new Scratch();
    // Another user is to come to the program.
    chmodSync(scratch.path, 0o755);
    drop = scratch.file("drop");
    for (const each of [drop, scratch.file("bin"), scratch.file("room"), scratch.file("open")]) {
      mkdirSync(each);
    }
    writeFileSync(scratch.file("secret"), "secret");
    writeFileSync(join(drop, "file"), "open");
    symlinkSync(scratch.file("secret"), join(drop, "link"));
    symlinkSync(scratch.file("bin"), scratch.file("way"));
    tool = scratch.file("bin/tool");
    open = scratch.file("open");
    if (isRoot) chownSync(open, 1234, 1234);
    const body =
      'case $1 in\n  env) env ;;\n  who) id -u; echo "$HOME"; pwd ;;\n  cat) cat ;;\n  tty) test -t 0 && echo terminal ;;\n  long) sleep 600 & echo $!; wait ;;\n  *) echo "$0 $*" ;;\nesac\n';
    writeFileSync(tool, `#!/bin/sh\n${body}`, { mode: 0o755 });
    const policy = scratch.file("policy.toml");
    writeFileSync(
      policy,
      `profile = ["file-write", "exec"]
[files]
read = ["${drop}"]
write = ["${drop}"]
[[exec]]
program = "${tool}"
args = [{ one-of = ["env", "name", "long", "who"] }]
env = ["LANG"]
run-seconds = 1
[[exec]]
program = "${tool}"
args = ["who"]
users = ["nobody"]
cwd = ["${scratch.file("room")}", "${open}"]
[[exec]]
program = "${tool}"
args = ["cat"]
input = true
[[exec]]
program = "${tool}"
args = ["tty"]
tty = true
`,
    );
    served = await Policed.start(policy);
  });
  afterAll(async () => {
    await served?.[Symbol.asyncDispose]();
    scratch[Symbol.dispose]();
  });

  const ask = (name: string, args: object) => served.client.ask(vendor(name), args as never);
  const start = (path: string, arg: string[] = [], more: object = {}) =>
    ask("exec-start", { path, arg, ...more });

  /** What a program wrote, and how it ended. */
  function result(path: string, arg: string[], more: object = {}) {
    const { pid } = served.client.call(vendor("exec-start"), { path, arg, ...more } as never) as {
      pid: number;
    };
    let out = "";
    for (;;) {
      const read = served.client.call(vendor("exec-read"), { pid, wait: 2000 }) as Reading;
      out += atob(read["out-data"] ?? "");
      if (read.done) return { pid, out, exitcode: read.exitcode, signal: read.signal };
    }
  }

  test("says that it has them", () => {
    const enabled = served.enabled();
    for (const name of [
      ...["start", "read", "write", "signal", "resize"].map((each) => `exec-${each}`),
      ...["stat", "list", "hash", "change", "rename", "make", "remove"].map(
        (each) => `file-${each}`,
      ),
    ]) {
      expect(enabled).toContain(vendor(name));
    }
  });

  test("what a rule names runs, wherever PATH or a link would lead", () => {
    expect(result("tool", ["name"])).toMatchObject({ out: `${tool} name\n`, exitcode: 0 });
    expect(result(tool, ["name"]).out).toBe(`${tool} name\n`);
    expect(result(scratch.file("way/tool"), ["name"]).out).toBe(`${tool} name\n`);
    expect(result("tool", ["env"], { env: ["LANG=C"] }).out).toContain("LANG=C\n");
  });

  test.each([
    ["/bin/sh", ["-c", "id"]],
    ["sh", ["-c", "id"]],
    ["env", ["tool", "name"]],
    ["@", []],
    ["@", ["x"]],
    ["@", ["name", "more"]],
    ["@", ["name\0"]],
    ["@/", ["name"]],
    ["@\0", ["name"]],
    ["./tool", ["name"]],
    ["bin/tool", ["name"]],
    ["@/../tool", ["name"]],
    ["/proc/self/exe", ["name"]],
    ["/lib64/ld-linux-x86-64.so.2", ["/bin/sh"]],
    ["to\u043el", ["name"]],
    ["", ["name"]],
  ])("%p with %p is not started", (path, arg) => {
    expect(start(path.replace("@", tool), arg)).toEqual(denial(vendor("exec-start")));
  });

  test("nor through a link that somebody has made", () => {
    symlinkSync("/bin/sh", join(drop, "tool"));
    symlinkSync(tool, join(drop, "name"));
    for (const path of [join(drop, "tool"), join(drop, "name")]) {
      expect(start(path, ["name"])).toEqual(denial(vendor("exec-start")));
    }
  });

  test.each([
    [["LD_PRELOAD=/tmp/x.so"]],
    [["LANG=C", "LD_LIBRARY_PATH=/tmp"]],
    [["PATH=/tmp"]],
    [["TERM=x"]],
    [["LANG\nLD_PRELOAD=/tmp/x.so"]],
    [["LANG"]],
    [["=LANG=C"]],
  ])("the environment %p cannot be set", (env) => {
    expect(start("tool", ["env"], { env })).toEqual(denial(vendor("exec-start")));
  });

  test.each([
    ["input", ["name"], { stdin: true }],
    ["a terminal", ["name"], { tty: { rows: 24, columns: 80 } }],
    ["a terminal instead of input", ["cat"], { tty: { rows: 24, columns: 80 } }],
    ["another user", ["name"], { user: "nobody" }],
    ["root", ["who"], { user: "root" }],
    ["root by its number", ["who"], { user: "0" }],
    ["nobody by any other name", ["who"], { user: "nobody " }],
    ["no user", ["who"], { user: "" }],
    ["a folder", ["name"], { cwd: "/" }],
    ["a folder of a rule, written otherwise", ["who"], { cwd: "@/room/." }],
    ["what a folder of a rule is in", ["who"], { cwd: "@" }],
    ["no folder", ["who"], { cwd: "" }],
  ])("%s takes a rule that says so", (_, arg, more) => {
    const given = Object.fromEntries(
      Object.entries(more).map(([name, value]) => [
        name,
        typeof value === "string" ? value.replace("@", scratch.path) : value,
      ]),
    );
    expect(start("tool", arg, given)).toEqual(denial(vendor("exec-start")));
  });

  test("with such a rule it is given", () => {
    const room = scratch.file("room");
    expect(result("tool", ["who"], { cwd: room }).out).toEndWith(`\n${room}\n`);
    expect(result("tool", ["tty"], { tty: { rows: 24, columns: 80 } }).out).toContain("terminal");
    const { pid } = served.client.call(vendor("exec-start"), {
      path: "tool",
      arg: ["cat"],
      stdin: true,
    }) as { pid: number };
    served.client.call(vendor("exec-write"), { pid, "buf-b64": btoa("hello"), eof: true });
    const read = served.client.call(vendor("exec-read"), { pid, wait: 2000 }) as Reading;
    expect(atob(read["out-data"] ?? "")).toBe("hello");
  });

  test.skipIf(!isRoot)("also another user, and a folder only if it is root's", () => {
    const { out } = result("tool", ["who"], { user: "nobody" });
    const [uid] = out.split("\n");
    expect(uid).toBe("65534");
    expect(start("tool", ["who"], { cwd: open })).toEqual(denial(vendor("exec-start")));
  });

  test("it is killed, with what it has started, when it takes too long", async () => {
    const { pid, out, signal } = result("tool", ["long"]);
    expect(signal).toBe(9);
    const child = Number(out);
    expect(child).toBeGreaterThan(pid);
    await until("the child is gone", () => !isRunning(child));
  });

  test("only what was started can be talked to", () => {
    for (const name of ["exec-read", "exec-signal", "exec-write", "exec-resize"]) {
      const args = { signal: 9, "buf-b64": "", rows: 1, columns: 1 };
      const own = Object.entries(args).filter(([key]) => {
        if (key === "signal") return name === "exec-signal";
        if (key === "buf-b64") return name === "exec-write";
        return name === "exec-resize";
      });
      const reply = ask(name, { pid: process.pid, ...Object.fromEntries(own) });
      expect(reply.error?.desc).toBe(`PID ${process.pid} does not exist`);
    }
  });

  test("a file is hashed by where it is", () => {
    const hash = new Bun.CryptoHasher("sha256").update("open").digest("hex");
    expect(ask("file-hash", { path: join(drop, "file") })).toEqual({ return: { hash, count: 4 } });
    for (const path of [join(drop, "link"), scratch.file("secret"), "/dev/zero", "/proc/version"]) {
      expect(ask("file-hash", { path })).toEqual(denial(vendor("file-hash")));
    }
    expect(ask("file-hash", { path: join(drop, "none") }).error?.desc).toEndWith(
      "No such file or directory",
    );
    expect(ask("file-hash", { path: drop }).error?.desc).toEndWith("Is a directory");
  });

  test("a handle is good for what it was opened for", () => {
    const opened = (mode: string) =>
      served.client.call("guest-file-open", { path: join(drop, "file"), mode });
    const [reading, appending] = [opened("r"), opened("a")];
    const write = (handle: unknown) =>
      ask("file-write-at", { handle, offset: 0, "buf-b64": btoa("X") });
    expect(write(reading).error?.desc).toContain("Bad file descriptor");
    expect(write(appending).error?.desc).toContain("opened to append");
    expect(ask("file-read-at", { handle: appending, offset: 0 }).error?.desc).toContain(
      "Bad file descriptor",
    );
    expect(readFileSync(join(drop, "file"), "latin1")).toBe("open");
    for (const handle of [reading, appending]) {
      served.client.call("guest-file-close", { handle } as never);
    }
  });

  test("a link that the host makes leads it nowhere", () => {
    const path = join(drop, "made");
    const target = btoa("/etc/shadow");
    expect(ask("file-make", { path, type: "symlink", "target-b64": target })).toEqual({
      return: {},
    });
    expect(ask("file-stat", { path, follow: true })).toEqual(denial(vendor("file-stat")));
    expect(served.client.ask("guest-file-open", { path })).toEqual(denial("guest-file-open"));
    // It tells nothing of what is not there, either.
    const asking = join(drop, "asking");
    ask("file-make", { path: asking, type: "symlink", "target-b64": btoa("/etc/no-such-file") });
    expect(ask("file-stat", { path: asking, follow: true })).toEqual(denial(vendor("file-stat")));
    expect(served.client.ask("guest-file-open", { path: asking })).toEqual(
      denial("guest-file-open"),
    );
  });
});
