import { describe, expect, test } from "bun:test";
import { chmodSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { type Account, accountOf, actAs } from "../../native/accounts.ts";
import { SysError } from "../../native/errno.ts";
import { Fd } from "../../native/fd.ts";
import { fileStatus } from "../../native/file-status.ts";
import { readFile } from "../../native/files.ts";
import { OpenFlag } from "../../native/structs.ts";
import { tempFolder } from "./temp-folder.ts";

const isRoot = process.getuid?.() === 0;
const someone: Account = { name: "someone", uid: 47_110, gid: 47_111, home: "/nonexistent" };

describe("an account", () => {
  test("is what passwd(5) says", () => {
    expect(accountOf("root")).toEqual({ name: "root", uid: 0, gid: 0, home: "/root" });
  });

  test.each(["no-such-user", "", "root\0", "root\n", "ro"])("%j is none", (name) => {
    let error: unknown;
    try {
      accountOf(name);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(SysError);
    expect((error as SysError).text).toBe("Success");
  });
});

const passwdPath = `${tempFolder()}/passwd`;

/** Runs `script` where /etc/passwd is another file; null where that is not permitted. */
function withPasswd(passwd: string, script: string): string | null {
  writeFileSync(passwdPath, passwd);
  const shell = 'mount --make-rprivate / && mount --bind "$1" /etc/passwd && shift && exec "$@"';
  const { exitCode, stdout } = Bun.spawnSync(
    ["unshare", "--mount", "sh", "-c", shell, "sh", passwdPath, process.execPath, "-e", script],
    { cwd: `${import.meta.dirname}/../..` },
  );
  return exitCode === 0 ? stdout.toString() : null;
}

const cannotMount = withPasswd("", "") === null;
const needsMounts = cannotMount ? " (needs root and namespaces)" : "";

test.skipIf(cannotMount)(`a record of any length is read up to a limit${needsMounts}`, () => {
  const record = (name: string, bytes: number) =>
    `${name}:x:47110:47111:${"x".repeat(bytes)}:/home/${name}:/bin/sh\n`;
  const passwd = record("short", 10) + record("long", 100_000) + record("endless", 2 ** 21);
  const script = `
    import { accountOf } from "./native/accounts.ts";
    for (const name of ["short", "long", "endless"]) {
      try {
        console.log(accountOf(name).home);
      } catch (error) {
        console.log(error.code);
      }
    }`;
  expect(withPasswd(passwd, script)).toBe("/home/short\n/home/long\nERANGE\n");
});

/** File-system user, file-system group and supplementary groups of each thread of this process, by its number. */
function identities(): Map<string, string> {
  const found = new Map<string, string>();
  for (const thread of readdirSync("/proc/self/task")) {
    const status = fileIfThere(`/proc/self/task/${thread}/status`);
    const numbers = (key: string) =>
      new RegExp(`^${key}:[ \\t]*(.*)$`, "m").exec(status)?.[1]?.trim() ?? "";
    const [user, group] = [numbers("Uid"), numbers("Gid")].map((ids) => ids.split("\t")[3]);
    found.set(thread, `${user} ${group} ${numbers("Groups")}`.trim());
  }
  return found;
}

/** A thread may end between the listing and the look. */
function fileIfThere(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

/** The thread that runs this has the number of the process. */
const thisThread = String(process.pid);

describe.skipIf(!isRoot)("acting as another user (needs root)", () => {
  const folder = tempFolder();
  chmodSync(folder, 0o777);
  writeFileSync(`${folder}/secret`, "root's", { mode: 0o600 });

  test("what it may not read is refused, and what it makes is its own", () => {
    const made = `${folder}/made`;
    const refusal = actAs(someone, () => {
      Fd.open(made, OpenFlag.O_WRONLY | OpenFlag.O_CREAT, 0o600).close();
      try {
        readFile(`${folder}/secret`, 100);
      } catch (error) {
        return (error as SysError).code;
      }
      return "none";
    });
    expect(refusal).toBe("EACCES");
    expect(fileStatus(made)).toMatchObject({ uid: someone.uid, gid: someone.gid });
    expect(readFile(`${folder}/secret`, 100)).toHaveLength(6);
  });

  test("no other thread changes, and this one changes back, also after a throw", () => {
    const before = identities();
    expect(before.size).toBeGreaterThan(1);
    let during = new Map<string, string>();
    const act = () =>
      actAs(someone, () => {
        during = identities();
        throw new RangeError("out");
      });
    expect(act).toThrow(RangeError);
    expect(during.get(thisThread)).toBe(`${someone.uid} ${someone.gid}`);
    // A thread that the runtime starts meanwhile inherits, so it is about those that were there.
    for (const [thread, identity] of before) {
      if (thread !== thisThread) expect(during.get(thread) ?? identity).toBe(identity);
    }
    expect(identities().get(thisThread)).toBe(before.get(thisThread) as string);
  });

  test("nothing changes for the user the agent runs as", () => {
    const before = identities().get(thisThread);
    const self: Account = { name: "self", uid: 0, gid: 4711, home: "/" };
    expect(actAs(self, identities).get(thisThread)).toBe(before as string);
  });

  test("an identity the kernel does not take is an error, and nothing is changed", () => {
    const before = identities().get(thisThread);
    const impossible: Account = { ...someone, gid: 0xffff_ffff };
    expect(() => actAs(impossible, () => 0)).toThrow("EPERM");
    expect(identities().get(thisThread)).toBe(before as string);
  });

  test("who is not root cannot", () => {
    const child = `
      import { actAs } from "./native/accounts.ts";
      try {
        actAs({ name: "root", uid: 0, gid: 0, home: "/" }, () => console.log("done"));
      } catch (error) {
        console.log(error.message);
      }`;
    const { stdout } = Bun.spawnSync(
      [
        "setpriv",
        "--reuid=47110",
        "--regid=47111",
        "--clear-groups",
        "--bounding-set=-all",
        process.execPath,
        "-e",
        child,
      ],
      { cwd: `${import.meta.dirname}/../..`, env: { ...process.env, HOME: "/nonexistent" } },
    );
    expect(stdout.toString()).toBe('Cannot act as "root": EPERM, Operation not permitted\n');
  });
});

test.skipIf(!isRoot)("groups of the agent's own are given up and restored (needs root)", () => {
  const child = `
    import { readFileSync } from "node:fs";
    import { actAs } from "./native/accounts.ts";
    const groups = () => /^Groups:(.*)$/m.exec(readFileSync("/proc/thread-self/status", "utf8"))[1].trim();
    const during = actAs({ name: "x", uid: 47110, gid: 47111, home: "/" }, groups);
    console.log(JSON.stringify([during, groups()]));`;
  const { stdout, stderr } = Bun.spawnSync(
    ["setpriv", "--groups=5,6,7", process.execPath, "-e", child],
    {
      cwd: `${import.meta.dirname}/../..`,
    },
  );
  expect(stderr.toString()).toBe("");
  expect(stdout.toString()).toBe('["","5 6 7"]\n');
});
