import { expect, test } from "bun:test";
import { readFileSync, readlinkSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { changeDirectory, hostname, umask, uname, unsetEnvironment } from "../../native/process.ts";
import { tempFolder } from "./temp-folder.ts";

const folder = tempFolder();
const native = join(import.meta.dirname, "../../native");

function output(command: string[]): string {
  return Bun.spawnSync(command).stdout.toString().trimEnd();
}

test("uname says what uname(1) says", () => {
  const name = uname();
  expect(name).toEqual({
    sysname: output(["uname", "-s"]),
    nodename: output(["uname", "-n"]),
    release: output(["uname", "-r"]),
    version: output(["uname", "-v"]),
    machine: output(["uname", "-m"]),
  });
});

test("hostname is the kernel's, domain and all", () => {
  expect(hostname()).toBe(readFileSync("/proc/sys/kernel/hostname", "utf8").trimEnd());
});

const noHostname = Bun.spawnSync(["unshare", "--uts", "true"]).exitCode !== 0;

test.skipIf(noHostname)(
  "hostname is read anew each time, and up to 64 bytes long (needs unshare --uts)",
  () => {
    const longest = "h".repeat(64);
    const script = `
    import { hostname } from "${native}/process.ts";
    console.log(hostname());
    Bun.spawnSync(["hostname", "${longest}"]);
    console.log(hostname());
  `;
    const command = ["unshare", "--uts", process.execPath, "-e", script];
    expect(output(command)).toBe(`${hostname()}\n${longest}`);
  },
);

test("umask is set and the one before given back", () => {
  const before = umask(0o027);
  expect(umask(before)).toBe(0o027);
  expect(umask(0o077)).toBe(before);
  writeFileSync(`${folder}/masked`, "", { mode: 0o666 });
  umask(before);
  expect(statSync(`${folder}/masked`).mode & 0o777).toBe(0o600);
});

test("daemonStdio makes the first three descriptors /dev/null, open to children, and leaves no other", () => {
  const report = `${folder}/stdio`;
  const script = `
    import { readdirSync, readlinkSync, writeFileSync } from "node:fs";
    import { daemonStdio } from "${native}/process.ts";
    import { openLibc } from "${native}/libc.ts";
    openLibc();
    const count = () => readdirSync("/proc/self/fd").length;
    const before = count();
    daemonStdio();
    const opened = count() - before;
    const links = [0, 1, 2].map((number) => readlinkSync("/proc/self/fd/" + number));
    const child = Bun.spawnSync(["readlink", "/proc/self/fd/0", "/proc/self/fd/2"], { stdio: ["inherit", "pipe", "inherit"] });
    writeFileSync("${report}", JSON.stringify({ links, opened, child: child.stdout.toString() }));
  `;
  const child = Bun.spawnSync([process.execPath, "-e", script], {
    stdio: ["pipe", "pipe", "pipe"],
  });
  expect(child.stderr.toString()).toBe("");
  expect(JSON.parse(readFileSync(report, "utf8"))).toEqual({
    links: ["/dev/null", "/dev/null", "/dev/null"],
    opened: 0,
    child: "/dev/null\n/dev/null\n",
  });
});

test("changeDirectory moves the process, and names a directory that is not there", () => {
  const before = process.cwd();
  changeDirectory("/");
  expect(readlinkSync("/proc/self/cwd")).toBe("/");
  expect(process.cwd()).toBe("/");
  expect(() => changeDirectory("/nonexistent")).toThrow(
    'Cannot change directory to "/nonexistent": ENOENT, No such file or directory',
  );
  changeDirectory(before);
  expect(readlinkSync("/proc/self/cwd")).toBe(before);
});

test("a variable that was unset is gone", () => {
  process.env.GUESTWIRE_TEST = "here";
  unsetEnvironment("GUESTWIRE_TEST");
  expect("GUESTWIRE_TEST" in process.env).toBe(false);
  expect(Bun.spawnSync(["printenv", "GUESTWIRE_TEST"]).exitCode).toBe(1);
});

test("SIGPIPE is ignored once it was asked for, and a signal handler does not undo it", () => {
  const script = `
    import { readFileSync } from "node:fs";
    import { ignoreSigpipe } from "${native}/process.ts";
    const ignored = () => BigInt("0x" + /SigIgn:\\s+(\\w+)/.exec(readFileSync("/proc/self/status", "utf8"))[1]) >> 12n & 1n;
    const handler = () => {};
    process.on("SIGPIPE", handler);
    process.off("SIGPIPE", handler);
    const before = ignored();
    ignoreSigpipe();
    console.log(String(before), String(ignored()));
  `;
  expect(output([process.execPath, "-e", script])).toBe("0 1");
});
