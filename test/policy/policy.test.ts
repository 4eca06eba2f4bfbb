import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  linkSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileStatus } from "../../native/file-status.ts";
import { allCommands } from "../../src/commands/registry.ts";
import { ClosedPolicy, type FilePolicy } from "../../src/policy/policy.ts";
import { profileNames } from "../../src/policy/profiles.ts";
import { policyWarnings } from "../../src/policy/warnings.ts";
import { answer, policyOf } from "./policy-of.ts";

const session = ["guest-sync-delimited", "guest-sync", "guest-ping", "guest-info"];

function allowed(policy: FilePolicy | ClosedPolicy): string[] {
  return allCommands()
    .filter((command) => policy.refusal(command) === null)
    .map(({ name }) => name);
}

describe("profiles", () => {
  const looks = allCommands().filter(({ privilege }) => privilege === "audit");
  const names = looks.map(({ name }) => name);

  test.each([
    ["audit", []],
    [
      "power",
      ["guest-shutdown", "guest-suspend-disk", "guest-suspend-ram", "guest-suspend-hybrid"],
    ],
    [
      "file-read",
      [
        "guest-file-open",
        "guest-file-close",
        "guest-file-read",
        "guest-file-seek",
        "guest-ssh-get-authorized-keys",
        "__org.guestwire_file-read-at",
        "__org.guestwire_file-stat",
        "__org.guestwire_file-list",
        "__org.guestwire_file-hash",
        "__org.guestwire_file-open",
        "__org.guestwire_file-data",
        "__org.guestwire_file-get",
      ],
    ],
    [
      "file-write",
      [
        "guest-file-open",
        "guest-file-close",
        "guest-file-read",
        "guest-file-write",
        "guest-file-seek",
        "guest-file-flush",
        "guest-ssh-get-authorized-keys",
        "__org.guestwire_file-read-at",
        "__org.guestwire_file-stat",
        "__org.guestwire_file-list",
        "__org.guestwire_file-hash",
        "__org.guestwire_file-open",
        "__org.guestwire_file-data",
        "__org.guestwire_file-get",
        "__org.guestwire_file-write-at",
        "__org.guestwire_file-change",
        "__org.guestwire_file-rename",
        "__org.guestwire_file-make",
        "__org.guestwire_file-remove",
        "__org.guestwire_file-put",
        "__org.guestwire_file-sync",
      ],
    ],
    [
      "fs",
      [
        "guest-fsfreeze-freeze",
        "guest-fsfreeze-freeze-list",
        "guest-fsfreeze-thaw",
        "guest-fstrim",
      ],
    ],
  ])("%s", (name, more) => {
    expect(allowed(policyOf(`profile = "${name}"`)).sort()).toEqual([...names, ...more].sort());
  });

  test("exec gives programs where there are rules for them", () => {
    const talk = ["read", "write", "signal", "resize"].map(
      (deed) => `__org.guestwire_exec-${deed}`,
    );
    expect(allowed(policyOf('profile = "exec"')).sort()).toEqual(
      [...names, "guest-exec-status", ...talk].sort(),
    );
    const policy = policyOf('profile = "exec"', "[[exec]]", 'program = "/usr/bin/df"');
    expect(allowed(policy)).toEqual(
      expect.arrayContaining(["guest-exec", "__org.guestwire_exec-start"]),
    );
  });

  test("unrestricted gives everything", () => {
    expect(allowed(policyOf('profile = "unrestricted"'))).toHaveLength(allCommands().length);
  });

  test("none of them takes away what every client begins with", () => {
    for (const name of profileNames) {
      const denied = policyOf(
        `profile = "${name}"`,
        "[commands]",
        `deny = ${JSON.stringify(session)}`,
      );
      expect(allowed(denied)).toEqual(expect.arrayContaining(session));
    }
  });

  test("single commands come on top, and go again", () => {
    const policy = policyOf(
      'profile = "audit"',
      "[commands]",
      'allow = ["guest-set-time", "guest-fstrim"]',
      'deny = ["guest-get-users", "guest-fstrim"]',
    );
    expect(answer(policy, "guest-set-time")).toBe("yes");
    expect(answer(policy, "guest-get-users")).toBe("commands.deny has it");
    expect(answer(policy, "guest-fstrim")).toBe("commands.deny has it");
  });

  test("what cannot be read lets through what every policy does, and nothing else", () => {
    expect(allowed(new ClosedPolicy("broken")).sort()).toEqual([...session].sort());
  });
});

describe("files", () => {
  let folder: string;
  beforeAll(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), "guestwire-test-")));
    for (const each of ["in", "in/below", "out"]) mkdirSync(join(folder, each));
    for (const each of ["in/a.log", "in/below/b.log", "out/c.log", "in/below/private"]) {
      writeFileSync(join(folder, each), "x");
    }
    linkSync(join(folder, "out/c.log"), join(folder, "in/second-name.log"));
    symlinkSync(join(folder, "in"), join(folder, "to-in"));
    Bun.spawnSync(["mkfifo", join(folder, "in/fifo")]);
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  function asked(policy: FilePolicy, path: string, mode = "r"): string {
    const full = path.startsWith("/") ? path : `${folder}/${path}`;
    return answer(policy, "guest-file-open", { path: full, mode }).replaceAll(folder, "");
  }

  const withRules = (profile: string, ...rules: readonly string[]) =>
    policyOf(
      `profile = "${profile}"`,
      "[files]",
      ...rules.map((rule) => rule.replaceAll("@", folder)),
    );

  test("a folder stands for all below it, and for nothing that only begins like it", () => {
    const policy = withRules("file-read", 'read = ["@/in"]');
    expect(asked(policy, "in/below/b.log")).toBe("yes");
    expect(asked(policy, "in")).toBe("yes");
    expect(asked(policy, "to-in/a.log")).toBe("yes");
    expect(asked(policy, "out/c.log")).toBe("files.read does not have it: /out/c.log");
    expect(asked(policy, "in-between")).toBe("files.read does not have it: /in-between");
    expect(asked(policy, "in/none")).toBe("yes");
  });

  test("a star stays within a name, two do not", () => {
    const one = withRules("file-read", 'read = ["@/in/*.log"]');
    expect(asked(one, "in/a.log")).toBe("yes");
    expect(asked(one, "in/below/b.log")).toContain("files.read");
    const two = withRules("file-read", 'read = ["@/in/**"]', 'deny = ["@/**/priv?te"]');
    expect(asked(two, "in/below/b.log")).toBe("yes");
    expect(asked(two, "in/below/private")).toBe("files.deny has /**/priv?te: /in/below/private");
  });

  test("what is denied is denied under the name it leads to, too", () => {
    const policy = withRules("file-read", 'deny = ["@/to-in/below"]');
    expect(asked(policy, "in/below/b.log")).toBe("files.deny has /in/below: /in/below/b.log");
    expect(asked(policy, "in/a.log")).toBe("yes");
    const everything = withRules("file-read", 'deny = ["/"]');
    expect(asked(everything, "/proc/version")).toBe("files.deny has /: /proc/version");
  });

  test("reading and writing have rules of their own; with one list the other is empty", () => {
    const policy = withRules("file-write", 'read = ["@/in"]', 'write = ["@/out"]');
    expect(asked(policy, "out/new", "w")).toBe("yes");
    expect(asked(policy, "out/new", "w+")).toBe("files.read does not have it: /out/new");
    expect(asked(policy, "in/a.log", "a")).toBe("files.write does not have it: /in/a.log");
    expect(asked(policy, "in/a.log", "r+")).toBe("files.write does not have it: /in/a.log");
    const reading = withRules("file-write", 'read = ["@/in"]');
    expect(asked(reading, "in/a.log", "a")).toBe("files.write does not have it: /in/a.log");
  });

  test("file-read reads and does not write", () => {
    const policy = policyOf('profile = "file-read"');
    for (const mode of ["r", "rb"]) expect(asked(policy, "in/a.log", mode)).toBe("yes");
    for (const mode of ["w", "a", "r+", "rb+", "r+b", "w+", "a+b"]) {
      expect(asked(policy, "in/a.log", mode)).toBe(
        `profile file-read has no writing, and the mode is ${mode}`,
      );
    }
  });

  test("devices, FIFOs and sockets take a rule of their own", () => {
    const policy = withRules("file-read", 'read = ["@/in", "/dev"]');
    expect(asked(policy, "in/fifo")).toBe("files.special does not have this FIFO: /in/fifo");
    expect(asked(policy, "/dev/null")).toBe(
      "files.special does not have this character device: /dev/null",
    );
    const special = withRules("file-read", 'read = ["@/in", "/dev"]', 'special = ["/dev/null"]');
    expect(asked(special, "/dev/null")).toBe("yes");
    expect(asked(special, "/dev/zero")).toContain("files.special");
  });

  test("the kernel's own files take a rule that begins there", () => {
    expect(asked(policyOf('profile = "file-read"'), "/proc/version")).toContain("files.read");
    const wide = withRules("file-read", 'read = ["/"]');
    expect(asked(wide, "/proc/version")).toContain("files.read");
    expect(asked(wide, "/etc/hostname")).toBe("yes");
    expect(asked(withRules("file-read", 'read = ["/proc/version"]'), "/proc/version")).toBe("yes");
  });

  test("a file with a second name may be another one's, unless a rule says that it may not", () => {
    const policy = withRules("file-read", 'read = ["@/in"]');
    expect(asked(policy, "in/second-name.log")).toBe(
      "the file has 2 names, and files.hard-links is not true: /in/second-name.log",
    );
    const trusting = withRules("file-read", 'read = ["@/in"]', "hard-links = true");
    expect(asked(trusting, "in/second-name.log")).toBe("yes");
  });

  test("what has no path, or none that can be told, is covered by no rule", () => {
    const policy = withRules("file-read", 'read = ["@/in"]');
    expect(asked(policy, "in/none/../../out/c.log")).toStartWith('".." behind what is not there');
    const look = (path: string, links: number) => () =>
      policy.approveFile("r")(path, { ...fileStatus(join(folder, "in/a.log")), links });
    expect(look(`${folder}/in/a.log`, 1)).not.toThrow();
    expect(look(`${folder}/in/a.log (deleted)`, 0)).toThrow("it has no path any more");
    expect(look("(unreachable)/in/a.log", 1)).toThrow("not below the root of the agent");
  });

  test("a rule with a link in it is warned of", () => {
    const policy = withRules("file-read", 'read = ["@/to-in/**", "@/in"]');
    expect(policyWarnings(policy).map((each) => each.replaceAll(folder, ""))).toEqual([
      "files.read has /to-in/**, on the way to which there is a link: /in/** is meant",
    ]);
  });
});

describe("users", () => {
  const policy = policyOf(
    'profile = "unrestricted"',
    "[users]",
    'passwords = ["alice"]',
    'deny = ["root"]',
  );
  const password = (username: string) =>
    answer(policy, "guest-set-user-password", { username, password: "eA==", crypted: false });
  const keys = (username: string) => answer(policy, "guest-ssh-get-authorized-keys", { username });

  test("by their names, to the letter", () => {
    expect(password("alice")).toBe("yes");
    expect(password("bob")).toBe("users.passwords does not have bob");
    expect(password("root")).toBe("users.deny has root");
    for (const other of ["Alice", "alice ", "alice\0", "alice\n", "\u0430lice", "al\u0131ce", ""]) {
      expect(password(other)).toBe(`users.passwords does not have ${other}`);
    }
  });

  test("a list that is not there is no rule", () => {
    expect(keys("bob")).toBe("yes");
    expect(keys("root")).toBe("users.deny has root");
  });

  test("an empty list takes the command away", () => {
    const nobody = policyOf('profile = "unrestricted"', "[users]", "ssh-keys = []");
    expect(answer(nobody, "guest-ssh-add-authorized-keys")).toBe("users.ssh-keys is empty");
  });
});

describe("mount points", () => {
  const policy = policyOf('profile = "fs"', "[file-systems]", 'mount-points = ["/srv", "/data"]');
  const freeze = (args: Record<string, string[]>) =>
    answer(policy, "guest-fsfreeze-freeze-list", args);

  test("only those that are named", () => {
    expect(freeze({ mountpoints: ["/srv"] })).toBe("yes");
    expect(freeze({ mountpoints: ["/srv", "/"] })).toBe(
      "file-systems.mount-points does not have /",
    );
    expect(freeze({ mountpoints: ["/srv/"] })).toContain("does not have /srv/");
    expect(freeze({})).toContain("it is about all");
  });

  test("what is about all of them is not allowed, a thaw is", () => {
    expect(answer(policy, "guest-fsfreeze-freeze", {})).toContain("about all file systems");
    expect(answer(policy, "guest-fstrim", {})).toContain("about all file systems");
    expect(answer(policy, "guest-fsfreeze-thaw", {})).toBe("yes");
  });
});
