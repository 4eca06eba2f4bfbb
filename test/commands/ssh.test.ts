import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { accountOf } from "../../native/accounts.ts";
import type { CommandContext } from "../../src/commands/context.ts";
import { GuestError } from "../../src/commands/guest-error.ts";
import {
  guestSshAddAuthorizedKeys,
  guestSshGetAuthorizedKeys,
  guestSshRemoveAuthorizedKeys,
} from "../../src/commands/ssh.ts";
import { authorizedKeysBytesMax } from "../../src/linux/authorized-keys.ts";
import type { Errand } from "../../src/linux/errand.ts";
import { type KeyOrder, workOnKeys } from "../../src/linux/key-work.ts";
import { needsSmallDisk, noSmallDisk, SmallDisk } from "../process/tmpfs.ts";

const isRoot = process.getuid?.() === 0;
const needsRoot = isRoot ? "" : " (needs root)";

/** A folder that is append-only (chattr(1)) takes new names and gives none up; not every file system has that. */
const canForbidRemoving = (() => {
  const folder = mkdtempSync(join(tmpdir(), "guestwire-ssh-"));
  const { status } = spawnSync("chattr", ["+a", folder]);
  spawnSync("chattr", ["-a", folder]);
  rmSync(folder, { recursive: true });
  return status === 0;
})();
const needsAppendOnly = isRoot && canForbidRemoving ? "" : " (needs root and chattr +a)";

/** As root another user, since that is what there is to prove: one that every Linux has. Otherwise ourselves. */
const account = accountOf(isRoot ? "nobody" : ownName());
const owner = `${account.uid} ${account.gid}`;

function ownName(): string {
  return spawnSync("id", ["-un"], { encoding: "utf8" }).stdout.trim();
}

/** The home is below a root of our own. */
describe("SSH keys", () => {
  let root: string;
  let home: string;
  let folder: string;
  let path: string;
  let audit: string[];
  let context: CommandContext;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "guestwire-ssh-"));
    chmodSync(root, 0o755);
    home = root + account.home;
    folder = `${home}/.ssh`;
    path = `${folder}/authorized_keys`;
    mkdirSync(home, { recursive: true });
    chownSync(home, account.uid, account.gid);
    audit = [];
    context = {
      root,
      audit: (text: string) => audit.push(text),
      errand: async ({ order }: Errand) => workOnKeys(order as KeyOrder),
    } as unknown as CommandContext;
  });
  afterEach(() => rmSync(root, { recursive: true }));

  const username = account.name;
  const list = (name = username) => guestSshGetAuthorizedKeys.run({ username: name }, context);
  const add = (keys: string[], reset = false) =>
    guestSshAddAuthorizedKeys.run({ username, keys, reset }, context);
  const remove = (keys: string[]) => guestSshRemoveAuthorizedKeys.run({ username, keys }, context);
  const keys = async () => (await list()) as { keys: string[] };
  const text = () => readFileSync(path, "latin1");

  async function refusal(act: () => unknown): Promise<string> {
    try {
      await act();
    } catch (error) {
      if (error instanceof GuestError) return error.message;
      throw error;
    }
    return "no error";
  }

  function ownedFolder(): void {
    mkdirSync(folder, { mode: 0o700 });
    chownSync(folder, account.uid, account.gid);
  }

  function put(content: string | Uint8Array): void {
    ownedFolder();
    writeFileSync(path, content, { mode: 0o600 });
    chownSync(path, account.uid, account.gid);
  }

  function modeAndOwner(of: string): string {
    const { mode, uid, gid } = lstatSync(of);
    return `${(mode & 0o7777).toString(8)} ${uid} ${gid}`;
  }

  describe("get", () => {
    test("gives stripped lines, the last first, without comments and blank lines", async () => {
      put("ssh-ed25519 A a@x\n# no\n\n \t\n  ssh-rsa B  \r\n #neither\nssh-rsa C");
      expect(await keys()).toEqual({ keys: ["ssh-rsa C", "ssh-rsa B", "ssh-ed25519 A a@x"] });
    });

    test("gives what is no UTF-8 as U+FFFD and strips only ASCII blanks", async () => {
      put(Buffer.from("k\xff\n\xa0k\xc2\xa0\n\x0bk\x0b\nk\x0c\n", "latin1"));
      expect(await keys()).toEqual({ keys: ["k", "\x0bk\x0b", "\ufffdk\u00a0", "k\ufffd"] });
    });

    test("a missing file is an error in the words that hosts know", async () => {
      const missing = `failed to read '${path}': Failed to open file “${path}”: No such file or directory`;
      expect(await refusal(list)).toBe(missing);
      ownedFolder();
      expect(await refusal(list)).toBe(missing);
      rmSync(home, { recursive: true });
      expect(await refusal(list)).toBe(missing);
    });

    test("an unknown user is an error in qemu-ga's words", async () => {
      expect(await refusal(() => list("no such user"))).toBe(
        "failed to lookup user 'no such user': Success",
      );
    });

    test("a directory in the place of the file", async () => {
      ownedFolder();
      mkdirSync(path);
      chownSync(path, account.uid, account.gid);
      expect(await refusal(list)).toBe(
        `failed to read '${path}': Error reading file “${path}”: Is a directory`,
      );
    });
  });

  describe("add", () => {
    test("makes the folder and the file for the user alone, whatever the umask", async () => {
      for (const mask of [0, 0o077]) {
        const before = process.umask(mask);
        try {
          await add(["ssh-ed25519 A"]);
        } finally {
          process.umask(before);
        }
        expect(modeAndOwner(folder)).toBe(`700 ${owner}`);
        expect(modeAndOwner(path)).toBe(`600 ${owner}`);
        expect(text()).toBe("ssh-ed25519 A\n");
        expect(readdirSync(folder)).toEqual(["authorized_keys"]);
        rmSync(folder, { recursive: true });
      }
    });

    test.skipIf(!isRoot)(
      `gives them the user's group also where the folder would give another${needsRoot}`,
      async () => {
        chownSync(home, account.uid, 0);
        chmodSync(home, 0o2755);
        await add(["k"]);
        expect(modeAndOwner(folder)).toEndWith(`00 ${owner}`);
        expect(modeAndOwner(path)).toBe(`600 ${owner}`);
      },
    );

    test("adds behind what is there, once each, and leaves the rest as it is", async () => {
      put(Buffer.from("# mine\nk1\n\nk\xff \r\n", "latin1"));
      await add(["k2", "k1", "k2", "é", "\0x"]);
      expect(text()).toBe("# mine\nk1\n\nk\xff \r\nk2\n\xc3\xa9\n\xc0\x80x\n");
    });

    test("ends the last line of a file that does not, so that nothing is glued to it", async () => {
      put("k1");
      await add(["k2"]);
      expect(text()).toBe("k1\nk2\n");
    });

    test("with reset replaces all; without keys the file is empty", async () => {
      put("# mine\nk1\n");
      chmodSync(path, 0o644);
      await add(["k2"], true);
      expect(text()).toBe("k2\n");
      expect(modeAndOwner(path)).toBe(`600 ${owner}`);
      await add([], true);
      expect(text()).toBe("");
    });

    test.each(["#k", "a\nb"])(
      "%j is no key, which is told before the user is looked up",
      async (key) => {
        const message = `invalid OpenSSH public key: '${key}'`;
        const args = { username: "no such user", keys: ["k", key] };
        expect(
          await refusal(() => guestSshAddAuthorizedKeys.run({ ...args, reset: true }, context)),
        ).toBe(message);
        expect(await refusal(() => guestSshRemoveAuthorizedKeys.run(args, context))).toBe(message);
      },
    );

    test("a home that its user can enter and not list will do", async () => {
      chmodSync(home, 0o300);
      await add(["k"]);
      expect(await keys()).toEqual({ keys: ["k"] });
      chmodSync(home, 0o700);
    });

    test("a missing home is told as the folder that cannot be made", async () => {
      rmSync(home, { recursive: true });
      expect(await refusal(() => add(["k"]))).toBe(
        `failed to create directory '${folder}': No such file or directory`,
      );
    });

    test.skipIf(!isRoot)(
      `a home of somebody else is one where the user can make nothing${needsRoot}`,
      async () => {
        chownSync(home, 0, 0);
        expect(await refusal(() => add(["k"]))).toBe(
          `failed to create directory '${folder}': Permission denied`,
        );
        expect(readdirSync(home)).toEqual([]);
      },
    );

    test.skipIf(!isRoot)(
      `keys that the user may not read are not thrown away${needsRoot}`,
      async () => {
        put("k1\n");
        chownSync(path, 0, 0);
        expect(await refusal(() => add(["k2"]))).toBe(
          `failed to read '${path}': Failed to open file “${path}”: Permission denied`,
        );
        expect(text()).toBe("k1\n");
      },
    );

    test("what cannot be put in place is told, and nothing stays behind", async () => {
      ownedFolder();
      mkdirSync(path);
      expect(await refusal(() => add(["k"], true))).toMatch(
        /^failed to write to '(.*)': Failed to rename file “\1\.\w+” to “\1”: g_rename\(\) failed: Is a directory$/,
      );
      expect(readdirSync(folder)).toEqual(["authorized_keys"]);
      chmodSync(folder, 0o500);
      expect(await refusal(() => add(["k"], true))).toMatch(
        /^failed to write to '(.*)': Failed to create file “\1\.\w+”: Permission denied$/,
      );
      chmodSync(folder, 0o700);
    });
  });

  test.skipIf(noSmallDisk)(
    `a full disk costs an error, not the keys that are there${needsSmallDisk}`,
    async () => {
      using _ = new SmallDisk(home, 16);
      chownSync(home, account.uid, account.gid);
      put("k1\n");
      for (const reset of [false, true]) {
        expect(await refusal(() => add(["k".repeat(20_000)], reset))).toMatch(
          /^failed to write to '(.*)': Failed to write file “\1\.\w+”: write\(\) failed: No space left on device$/,
        );
        expect(text()).toBe("k1\n");
        expect(readdirSync(folder)).toEqual(["authorized_keys"]);
      }
    },
  );

  test.skipIf(!isRoot || !canForbidRemoving)(
    `what can be neither put in place nor removed again is told as the first${needsAppendOnly}`,
    async () => {
      put("k1\n");
      spawnSync("chattr", ["+a", folder]);
      try {
        expect(await refusal(() => add(["k2"]))).toMatch(
          /^failed to write to '(.*)': Failed to rename file “\1\.\w+” to “\1”: g_rename\(\) failed: Operation not permitted$/,
        );
        expect(text()).toBe("k1\n");
      } finally {
        spawnSync("chattr", ["-a", folder]);
      }
    },
  );

  describe("remove", () => {
    test("drops all copies of a line and leaves the others", async () => {
      put("k1\n# mine\nk2\nk1\n\nk3\n");
      await remove(["k1", "k4"]);
      expect(text()).toBe("# mine\nk2\n\nk3\n");
      await remove(["k2", "k3", "mine", ""]);
      expect(text()).toBe("# mine\n");
    });

    test("where nothing is there, nothing is made", async () => {
      await remove(["k"]);
      expect(readdirSync(home)).toEqual([]);
      ownedFolder();
      await remove(["k"]);
      expect(readdirSync(folder)).toEqual([]);
      rmSync(home, { recursive: true });
      await remove(["k"]);
    });
  });

  describe("what a user may have put there", () => {
    let elsewhere: string;
    let secret: string;
    let before: string[];

    beforeEach(() => {
      elsewhere = `${root}/etc`;
      secret = `${elsewhere}/authorized_keys`;
      mkdirSync(elsewhere);
      writeFileSync(secret, "secret\n", { mode: 0o600 });
      before = [secret, elsewhere].map(modeAndOwner);
    });
    afterEach(() => {
      expect(readFileSync(secret, "utf8")).toBe("secret\n");
      expect([secret, elsewhere].map(modeAndOwner)).toEqual(before);
      expect(readdirSync(elsewhere)).toEqual(["authorized_keys"]);
    });

    test("a link in place of the folder is not followed", async () => {
      symlinkSync(elsewhere, folder);
      const unread = `failed to read '${path}': Failed to open file “${path}”: Not a directory`;
      expect(await refusal(list)).toBe(unread);
      expect(await refusal(() => remove(["secret"]))).toBe(unread);
      for (const reset of [false, true]) {
        expect(await refusal(() => add(["k"], reset))).toBe(
          `failed to create directory '${folder}': Not a directory`,
        );
      }
    });

    test("nor where the user owns what it leads to", async () => {
      const other = `${root}/other`;
      mkdirSync(other);
      chownSync(other, account.uid, account.gid);
      symlinkSync(other, folder);
      expect(await refusal(() => add(["k"]))).toStartWith("failed to create directory");
      expect(readdirSync(other)).toEqual([]);
    });

    test("a link in place of the file is not followed, and reset replaces it", async () => {
      ownedFolder();
      symlinkSync(secret, path);
      const unread = `failed to read '${path}': Failed to open file “${path}”: Too many levels of symbolic links`;
      expect(await refusal(list)).toBe(unread);
      expect(await refusal(() => remove(["secret"]))).toBe(unread);
      expect(await refusal(() => add(["k"]))).toBe(unread);
      expect(readlinkSync(path)).toBe(secret);
      await add(["k"], true);
      expect(text()).toBe("k\n");
      expect(modeAndOwner(path)).toBe(`600 ${owner}`);
    });

    test("a link to what only the agent could read, such as its own environment, is not followed", async () => {
      ownedFolder();
      symlinkSync("/proc/self/environ", path);
      expect(await refusal(list)).toContain("Too many levels of symbolic links");
    });

    test.skipIf(!isRoot)(
      `a home that is a link to another's folder gives no right on it${needsRoot}`,
      async () => {
        rmSync(home, { recursive: true });
        symlinkSync(elsewhere, home);
        expect(await refusal(() => add(["k"]))).toBe(
          `failed to create directory '${folder}': Permission denied`,
        );
      },
    );

    test.skipIf(!isRoot)(
      `a hard link of another's file is replaced, not written into${needsRoot}`,
      async () => {
        ownedFolder();
        linkSync(secret, path);
        expect(await refusal(list)).toContain("Permission denied");
        expect(await refusal(() => add(["k"]))).toContain("Permission denied");
        await add(["k"], true);
        expect(text()).toBe("k\n");
      },
    );

    test.skipIf(!isRoot)(`a folder of another user is refused${needsRoot}`, async () => {
      mkdirSync(folder);
      writeFileSync(path, "k1\n");
      const reason = `“${folder}” belongs to another user`;
      expect(await refusal(list)).toBe(`failed to read '${path}': ${reason}`);
      expect(await refusal(() => remove(["k1"]))).toBe(`failed to read '${path}': ${reason}`);
      expect(await refusal(() => add(["k2"]))).toBe(`failed to write to '${path}': ${reason}`);
      expect(text()).toBe("k1\n");
    });

    test("a FIFO is neither waited for nor read", async () => {
      spawnSync("mkfifo", [folder]);
      expect(await refusal(list)).toContain("Not a directory");
      expect(await refusal(() => add(["k"]))).toContain("Not a directory");
      rmSync(folder);
      ownedFolder();
      spawnSync("mkfifo", ["-m", "666", path]);
      expect(await refusal(list)).toBe(`failed to read '${path}': “${path}” is no regular file`);
      await add(["k"], true);
      expect(text()).toBe("k\n");
    });

    test("a file beyond all measure is not read into memory", async () => {
      put("k\n".repeat(authorizedKeysBytesMax / 2 - 1));
      await add(["x"]);
      expect((await keys()).keys).toHaveLength(authorizedKeysBytesMax / 2);
      expect(await refusal(() => add(["y"]))).toBe(`failed to write to '${path}': File too large`);
      writeFileSync(path, "k", { flag: "a" });
      expect(await refusal(list)).toBe(
        `failed to read '${path}': Error reading file “${path}”: File too large`,
      );
    });
  });

  test("the system log hears whose keys were asked for or changed, not the keys", async () => {
    await add(["ssh-ed25519 AAAA"]);
    await list();
    await remove(["ssh-ed25519 AAAA"]);
    expect(audit).toEqual([
      `guest-ssh-add-authorized-keys called, username: ${username}, keys: 1, reset: false`,
      `guest-ssh-get-authorized-keys called, username: ${username}`,
      `guest-ssh-remove-authorized-keys called, username: ${username}, keys: 1`,
    ]);
  });
});
