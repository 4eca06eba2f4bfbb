/** Our own commands about files under a policy: what they reach, and what they do not by any words. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { Denial, GuestError } from "../../src/commands/guest-error.ts";
import { fileData, fileGet, filePut } from "../../src/commands/vendor-copy.ts";
import { fileList, fileStat } from "../../src/commands/vendor-folder.ts";
import { fileChange, fileMake, fileRemove, fileRename } from "../../src/commands/vendor-path.ts";
import type { FilePolicy } from "../../src/policy/policy.ts";
import type { JsonValue } from "../../src/wire/json.ts";
import { ask, b64 } from "../commands/vendor-ask.ts";
import { GuardedTree } from "./guarded-tree.ts";
import { answer } from "./policy-of.ts";

const tree = new GuardedTree();
const policy = tree.policy();

type Args = Record<string, JsonValue>;
type Deed = readonly [name: string, run: (policy: FilePolicy, path: string) => unknown];

const sha256 = (text: string) => new Bun.CryptoHasher("sha256").update(text).digest("hex");

function put(by: FilePolicy, path: string, more: Args = {}) {
  const args = { path, "buf-b64": b64("put"), hash: sha256("put"), replace: true, ...more };
  return ask(filePut, args, { policy: by });
}

/** With each deed about one path; the other path of a move is a good one. */
const followed: readonly Deed[] = [
  ["stat", (by, path) => ask(fileStat, { path, follow: true }, { policy: by })],
  ["list", (by, path) => ask(fileList, { path }, { policy: by })],
  ["data", (by, path) => ask(fileData, { path }, { policy: by })],
];
const kept: readonly Deed[] = [
  ["stat", (by, path) => ask(fileStat, { path }, { policy: by })],
  ["get", (by, path) => ask(fileGet, { path }, { policy: by })],
  ["put", (by, path) => put(by, path)],
  ["change", (by, path) => ask(fileChange, { path, "mtime-ns": 5n }, { policy: by })],
  ["remove", (by, path) => ask(fileRemove, { path }, { policy: by })],
  ["make a folder", (by, path) => ask(fileMake, { path, type: "directory" }, { policy: by })],
  [
    "make a link",
    (by, path) => ask(fileMake, { path, type: "symlink", "target-b64": b64("x") }, { policy: by }),
  ],
  [
    "rename from",
    (by, path) => ask(fileRename, { from: path, to: tree.at("@/in/got") }, { policy: by }),
  ],
  [
    "rename to",
    (by, path) =>
      ask(fileRename, { from: tree.at("@/in/file"), to: path, replace: true }, { policy: by }),
  ],
];

/** "done", "denied", or what the system said. */
function become(act: () => unknown): string {
  try {
    act();
    return "done";
  } catch (error) {
    if (error instanceof Denial) return "denied";
    if (error instanceof GuestError) return error.message.replace(/^failed to .*: /s, "");
    throw error;
  }
}

let before: string[];
beforeEach(() => {
  before = tree.lookOutside();
});
afterEach(() => {
  expect(tree.lookOutside()).toEqual(before);
});

/** Words that lead to where no rule leads, whether a link at their end is followed or not. */
const ways = [
  "/etc/shadow",
  "@/out/secret",
  "@/out/kept",
  "@/out/none",
  "@/inner",
  "@/inner/file",
  "@/in/../out/secret",
  "@/in/./../in/../out/secret",
  "@/in/good/../../out/secret",
  "@/in/up/out/secret",
  "@/in/up/none",
  "@/in/away/secret",
  "@/in/away/none",
  "@/in/away/kept/",
  "@/in/none/../../out/secret",
  "@/in/tree/private/file",
  "@/in/tree/private",
  "@/in/tree/private/",
  "@/in/to-private/file",
  "@/in/tree/private/none",
  "//@/out/secret",
  "/proc/self/root@/in/file",
  "/proc/self/root@/out/secret",
  "/proc/self/cwd",
  "/proc/self/fd/0",
  "/proc/thread-self/root/etc/shadow",
  "/dev/stdin",
  "/dev/fd/0",
  "/dev/null",
  "/proc/self/environ",
  "etc/shadow",
  "@/in\0/file",
  "@/in/file\0/../../out/secret",
  "@/IN/file",
  "@/in ",
  "@\u2044in/file",
  "",
  "/",
  "//",
  "@/in/..",
];

describe("what no rule has is reached by no words", () => {
  test.each([...followed, ...kept])("%s", (_, run) => {
    for (const way of ways) {
      expect([way, become(() => run(policy, tree.at(way)))]).toEqual([way, "denied"]);
    }
    expect(existsSync(join(tree.inside, "got"))).toBe(false);
    expect(readFileSync(join(tree.inside, "file"), "latin1")).toBe("good");
  });

  test.each(followed)("%s of a link that leads away", (_, run) => {
    for (const way of ["link", "away", "away/", "up", "dangling", "to-private"]) {
      expect([way, become(() => run(policy, join(tree.inside, way)))]).toEqual([way, "denied"]);
    }
  });

  test.each(kept)("%s does not follow a link with a slash behind it", (name, run) => {
    const result = become(() => run(policy, `${tree.inside}/away/`));
    // Looking at what a slash says is a folder follows, as in the kernel; making and taking away do not.
    const isHeld = ["stat", "get", "change"].includes(name);
    if (isHeld) expect(result).toBe("denied");
    else
      expect(result).toMatch(
        /^(Not a directory|Is a directory|File exists|No such file or directory)$/,
      );
    expect(lstatSync(join(tree.inside, "away")).isSymbolicLink()).toBe(true);
  });

  test.each([...followed, ...kept])("%s by bytes that are no text", (_, run) => {
    // A lone surrogate stands for a byte in a path: rules tell such names apart.
    for (const way of ["@/out/\udcff", "@/in\udcff/file", "@/i\udc6e/file"]) {
      expect([way, become(() => run(policy, tree.at(way)))]).toEqual([way, "denied"]);
    }
  });
});

test("a trial judges as the command does", () => {
  const paths = [...ways, "@/in/file", "@/in/good", "@/in/link", "@/in/none", "@/in/none/x"];
  const judged = (name: string, args: Args) =>
    answer(policy, `__org.guestwire_${name}`, args) === "yes" ? "let through" : "denied";
  for (const way of paths) {
    const path = tree.at(way);
    for (const [name, run, args] of [
      ["file-stat", followed[0], { path, follow: true }],
      ["file-stat", kept[0], { path }],
      ["file-list", followed[1], { path }],
    ] as const) {
      const done = become(() => run?.[1](policy, path)) === "denied" ? "denied" : "let through";
      expect([name, way, judged(name, args)]).toEqual([name, way, done]);
    }
  }
  for (const way of ways) {
    const path = tree.at(way);
    for (const [name, args] of [
      ["file-change", { path, mode: 0o600 }],
      ["file-remove", { path }],
      ["file-make", { "path-b64": b64(path), type: "directory" }],
      ["file-rename", { from: path, to: tree.at("@/in/got") }],
      ["file-rename", { from: tree.at("@/in/none/x"), to: path }],
    ] as const) {
      if (way.includes("\0")) continue;
      expect([name, way, judged(name, args)]).toEqual([name, way, "denied"]);
    }
  }
});

test("paths in base64 are the same paths", () => {
  const stat = (bytes: Uint8Array | string) =>
    become(() => ask(fileStat, { "path-b64": b64(bytes) }, { policy }));
  const odd = Buffer.concat([Buffer.from(`${tree.inside}/odd-`), Buffer.of(0xff)]);
  writeFileSync(odd, "x");
  expect(stat(odd)).toBe("done");
  expect(stat(`${tree.inside}/file`)).toBe("done");
  expect(stat(tree.at("@/out/secret"))).toBe("denied");
  expect(stat(Buffer.concat([Buffer.from(`${tree.outside}/`), Buffer.of(0xff)]))).toBe("denied");
  for (const path of [`${tree.inside}/file\0`, `${tree.inside}\0/../out`, "\0"]) {
    expect(stat(path)).toBe("Parameter 'path-b64' has a NUL in it");
  }
  expect(become(() => ask(fileRemove, { "path-b64": b64(odd) }, { policy }))).toBe("done");
});

test("a name is not taken for another whose bytes are shown alike", () => {
  const only = tree.policy('read = ["@/in/\ufffd"]');
  const odd = Buffer.concat([Buffer.from(`${tree.inside}/`), Buffer.of(0xfe)]);
  writeFileSync(odd, "x");
  expect(become(() => ask(fileStat, { "path-b64": b64(odd) }, { policy: only }))).toBe("denied");
  rmSync(odd);
});

describe("what rules have is there to be used", () => {
  const at = (name: string) => join(tree.inside, name);
  const run = (command: Parameters<typeof ask>[0], args: Args) =>
    become(() => ask(command, args, { policy }));

  test("made, looked at, changed, renamed and removed", () => {
    expect(run(fileMake, { path: at("new"), type: "directory", mode: 0o755 })).toBe("done");
    expect(run(fileMake, { path: `${at("new/below")}//`, type: "directory" })).toBe("done");
    expect(lstatSync(at("new/below")).mode & 0o7777).toBe(0o700);
    const link = { path: at("new/link"), type: "symlink", "target-b64": b64("/etc/passwd") };
    expect(run(fileMake, link)).toBe("done");
    expect(ask(fileStat, { path: at("new/link") }, { policy })).toMatchObject({ type: "symlink" });
    expect(run(fileStat, { path: at("new/link"), follow: true })).toBe("denied");
    expect(run(fileChange, { path: at("new/link"), "mtime-ns": 7n })).toBe("done");
    expect(run(fileChange, { path: at("file"), mode: 0o640, size: 4n })).toBe("done");
    expect(lstatSync(at("file")).mode & 0o7777).toBe(0o640);
    expect(run(fileRename, { from: at("new/link"), to: `${at("away")}/../in/new/other` })).toBe(
      "done",
    );
    expect(run(fileRename, { from: at("new"), to: at("newer") })).toBe("done");
    expect(run(fileRename, { from: at("near"), to: at("newer/other") })).toBe("File exists");
    for (const name of ["newer/other", "newer/below/", "newer"]) {
      expect(run(fileRemove, { path: at(name) })).toBe("done");
    }
    expect(existsSync(at("newer"))).toBe(false);
  });

  test("what is missing is told in the system's words", () => {
    for (const [, act] of [...followed, ...kept].filter(([name]) => !/^(make|put)/.test(name))) {
      if (act === kept.at(-1)?.[1]) continue;
      expect(become(() => act(policy, at("none")))).toBe("No such file or directory");
    }
    expect(run(fileMake, { path: at("none/x"), type: "directory" })).toBe(
      "No such file or directory",
    );
    expect(run(fileMake, { path: at("file/x"), type: "directory" })).toBe("Not a directory");
    expect(run(fileMake, { path: at("good"), type: "directory" })).toBe("File exists");
    expect(run(fileRemove, { path: at("good") })).toBe("Directory not empty");
    expect(run(fileRemove, { path: `${at("good")}/.` })).toBe("Invalid argument");
    expect(run(fileRemove, { path: `${at("good")}/..` })).toBe("denied");
    expect(run(fileList, { path: at("file") })).toBe("Not a directory");
  });

  test("a list leaves out what may not be known of", () => {
    const names = (path: string, by = policy) =>
      ask(fileList, { path }, { policy: by })
        .entries.map((entry) => Buffer.from(entry["name-b64"]).toString())
        .sort();
    expect(names(at("tree"))).toEqual([]);
    expect(names(at("tree"), tree.policy('read = ["@/in"]'))).toEqual(["private"]);
    const some = tree.policy('read = ["@/in/tree", "@/in"]', 'deny = ["@/in/*i*"]');
    expect(names(tree.inside, some)).toEqual(["away", "empty", "good", "near", "tree", "up"]);
    const pattern = tree.policy('read = ["@/in/*"]');
    expect(become(() => names(tree.inside, pattern))).toBe("denied");
  });
});

test("who may read need not write, and who may write need not read", () => {
  const reads = tree.policy('read = ["@/in"]');
  const writes = tree.policy('write = ["@/in"]');
  const path = join(tree.inside, "good");
  for (const [name, act] of [...followed, ...kept]) {
    const looks = ["stat", "list", "data", "get"].includes(name);
    expect([name, become(() => act(looks ? writes : reads, path))]).toEqual([name, "denied"]);
  }
  expect(answer(reads, "__org.guestwire_file-remove")).toBe("files.write is empty");
  expect(answer(writes, "__org.guestwire_file-list")).toBe("files.read is empty");
});

test("file-read looks, and changes nothing", () => {
  const { policy: reading } = { policy: tree.policy('read = ["@/in"]') };
  expect(answer(reading, "__org.guestwire_file-stat", { path: tree.at("@/in/file") })).toBe("yes");
});

describe("a file with another name", () => {
  const other = tree.at("@/in/second");
  beforeEach(() => {
    linkSync(tree.at("@/out/secret"), other);
    before = tree.lookOutside();
  });
  afterEach(() => {
    rmSync(other, { force: true });
    before = tree.lookOutside();
  });

  test("is not changed, which would change it there as well", () => {
    for (const args of [{ mode: 0o666 }, { uid: 1 }, { size: 0n }, { "mtime-ns": 1n }]) {
      expect(become(() => ask(fileChange, { path: other, ...args }, { policy }))).toBe("denied");
    }
    const trusting = tree.policy('write = ["@/in"]', "hard-links = true");
    expect(become(() => ask(fileChange, { path: other, mode: 0o644 }, { policy: trusting }))).toBe(
      "done",
    );
    before = tree.lookOutside();
  });

  test("loses the name that a rule has, and nothing else", () => {
    expect(become(() => ask(fileRemove, { path: other }, { policy }))).toBe("done");
    expect(readFileSync(tree.at("@/out/secret"), "latin1")).toBe("secret");
    before = tree.lookOutside();
  });
});

test("devices, FIFOs and sockets are changed by a rule of their own only", () => {
  const path = tree.at("@/in/fifo");
  Bun.spawnSync(["mkfifo", path]);
  const change = (by: FilePolicy) =>
    become(() => ask(fileChange, { path, mode: 0o600 }, { policy: by }));
  expect(change(policy)).toBe("denied");
  expect(change(tree.policy('write = ["@/in"]', 'special = ["@/in/fifo"]'))).toBe("done");
  expect(ask(fileStat, { path }, { policy })).toMatchObject({ type: "fifo" });
  expect(become(() => ask(fileRemove, { path }, { policy }))).toBe("done");
});

test("a file is put whole where rules let it, and nothing is left where they do not", () => {
  const path = tree.at("@/in/put");
  expect(become(() => put(policy, path))).toBe("done");
  expect(readFileSync(path, "latin1")).toBe("put");
  expect(Buffer.from(ask(fileGet, { path }, { policy })["buf-b64"]).toString()).toBe("put");
  expect(become(() => put(policy, path, { mode: 0o4755 }))).toBe("denied");
  expect(become(() => put(policy, tree.at("@/in/link")))).toBe("done");
  expect(become(() => put(policy, tree.at("@/in/away/put")))).toBe("denied");
  expect(become(() => put(policy, tree.at("@/in/tree/private/file")))).toBe("denied");
  rmSync(tree.at("@/in/link"));
  symlinkSync(tree.at("@/out/secret"), tree.at("@/in/link"));
  rmSync(path);
  expect(become(() => ask(fileGet, { path: tree.at("@/in/link") }, { policy }))).toBe(
    "Too many levels of symbolic links",
  );
  expect(readdirSync(tree.inside).filter((name) => name.startsWith(".guestwire"))).toEqual([]);
});

test("rules for files give nobody the rights of a file's owner", () => {
  const path = tree.at("@/in/file");
  for (const mode of [0o4755, 0o2755, 0o6000]) {
    expect(become(() => ask(fileChange, { path, mode }, { policy }))).toBe("denied");
    expect(answer(policy, "__org.guestwire_file-change", { path, mode })).toStartWith(
      "rules for files do not give set-id bits",
    );
  }
  const folder = tree.at("@/in/good");
  expect(become(() => ask(fileChange, { path: folder, mode: 0o2755 }, { policy }))).toBe("done");
  chmodSync(folder, 0o755);
});

describe("a move takes nothing to where more may be done with it", () => {
  const move = (by: FilePolicy, from: string, to: string, replace = false) =>
    become(() =>
      ask(fileRename, { from: tree.at(from), to: tree.at(to), replace }, { policy: by }),
    );

  test("nothing comes out of what is denied, nor goes in with a folder", () => {
    expect(move(policy, "@/in/tree", "@/in/other")).toBe("denied");
    expect(move(policy, "@/in", "@/in2")).toBe("denied");
    const pattern = tree.policy('write = ["@/in"]', 'deny = ["@/**/priv*"]');
    expect(move(pattern, "@/in/tree", "@/in/other")).toBe("denied");
    // No folder of that name is there to hide something; a later one could.
    const later = tree.policy('write = ["@/in"]', 'deny = ["@/in/later/private"]');
    expect(move(later, "@/in/good", "@/in/later")).toBe("denied");
    expect(move(later, "@/in/file", "@/in/later")).toBe("done");
    expect(move(later, "@/in/later", "@/in/file")).toBe("done");
    const shallow = tree.policy('write = ["@/in"]', 'deny = ["@/in/*/private"]');
    expect(move(shallow, "@/in/good", "@/in/other")).toBe("denied");
    const elsewhere = tree.policy('write = ["@/in"]', 'deny = ["@/in/*.x", "@/in/t*/private"]');
    expect(move(elsewhere, "@/in/good", "@/in/other")).toBe("done");
    expect(move(elsewhere, "@/in/other", "@/in/good")).toBe("done");
  });

  test("a protected file is not replaced", () => {
    const guarded = tree.policy('write = ["@/in"]', 'deny = ["@/in/good/file"]');
    expect(move(guarded, "@/in/file", "@/in/good/file", true)).toBe("denied");
    expect(move(guarded, "@/in/good/file", "@/in/got", true)).toBe("denied");
    expect(move(guarded, "@/in/good", "@/in/got")).toBe("denied");
  });

  test("what may not be read does not come to be readable", () => {
    const dropping = tree.policy('write = ["@/in"]', 'read = ["@/in/good"]');
    expect(move(dropping, "@/in/file", "@/in/good/got")).toBe("denied");
    expect(move(dropping, "@/in/moving", "@/in/good/got")).toBe("denied");
    expect(move(dropping, "@/in/empty", "@/in/empty2")).toBe("done");
    expect(move(dropping, "@/in/empty2", "@/in/empty")).toBe("done");
    expect(move(dropping, "@/in/good/file", "@/in/good/file2")).toBe("done");
    expect(move(dropping, "@/in/good/file2", "@/in/good/file")).toBe("done");
    const below = tree.policy('write = ["@/in"]', 'read = ["@/in/new/*"]');
    expect(move(below, "@/in/moving", "@/in/new")).toBe("denied");
    const device = tree.policy('write = ["@/in"]', 'special = ["@/in/good"]');
    expect(move(device, "@/in/file", "@/in/good/got")).toBe("denied");
  });

  test("a pattern is about names, not about what is below them", () => {
    const pattern = tree.policy('write = ["@/in/*"]');
    expect(move(pattern, "@/in/file", "@/in/file2")).toBe("done");
    expect(move(pattern, "@/in/file2", "@/in/file")).toBe("done");
    expect(move(pattern, "@/in/good", "@/in/good2")).toBe("denied");
    const deep = tree.policy('write = ["@/in/**"]');
    expect(move(deep, "@/in/good", "@/in/good2")).toBe("done");
    expect(move(deep, "@/in/good2", "@/in/good")).toBe("done");
  });
});

describe("between the approval and the deed", () => {
  /** The policy, with something that happens once at the end of the `nth` approval. */
  function meanwhile(nth: number, act: () => void): FilePolicy {
    let count = 0;
    return new Proxy(policy, {
      get(target, key) {
        const value: unknown = Reflect.get(target, key, target);
        if (typeof value !== "function") return value;
        if (key !== "approvePath") return value.bind(target);
        return (...args: Parameters<FilePolicy["approvePath"]>) => {
          const approve = target.approvePath(...args);
          return (...given: Parameters<typeof approve>) => {
            approve(...given);
            count += 1;
            if (count === nth) act();
          };
        };
      },
    });
  }

  const moving = join(tree.inside, "moving");
  const moved = tree.at("@/in/moved-away");
  const swap = () => {
    renameSync(moving, moved);
    symlinkSync(join(tree.outside, "kept"), moving);
  };
  const swapBack = () => {
    rmSync(moving);
    renameSync(moved, moving);
  };

  test("a folder that is swapped for a link is still the one that was approved of", () => {
    const path = join(moving, "file");
    for (const act of [
      (by: FilePolicy) => ask(fileChange, { path, mode: 0o600 }, { policy: by }),
      (by: FilePolicy) => ask(fileStat, { path }, { policy: by }),
      (by: FilePolicy) => ask(fileList, { path: moving }, { policy: by }),
    ]) {
      act(meanwhile(1, swap));
      swapBack();
    }
    // The second place was looked for after the swap, where it is none that may be written to.
    const move = (by: FilePolicy) =>
      become(() => ask(fileRename, { from: path, to: `${path}2` }, { policy: by }));
    expect(move(meanwhile(1, swap))).toBe("denied");
    swapBack();
    expect(move(meanwhile(2, swap))).toBe("done");
    swapBack();
    expect(readdirSync(moving)).toEqual(["file2"]);
    renameSync(`${path}2`, path);
  });

  test("what is removed is removed there", () => {
    writeFileSync(join(moving, "gone"), "x");
    ask(fileRemove, { path: join(moving, "gone") }, { policy: meanwhile(1, swap) });
    swapBack();
    expect(readdirSync(moving)).toEqual(["file"]);
  });

  test("a file is put where that was approved of, and taken back where that is elsewhere by now", () => {
    put(meanwhile(1, swap), join(moving, "put"));
    swapBack();
    expect(readdirSync(moving).sort()).toEqual(["file", "put"]);
    const elsewhere = tree.at("@/elsewhere");
    const by = meanwhile(1, () => renameSync(moving, elsewhere));
    const result = become(() => put(by, join(moving, "file")));
    const left = readdirSync(elsewhere).sort();
    renameSync(elsewhere, moving);
    expect([result, left]).toEqual(["denied", ["file", "put"]]);
    expect(readFileSync(join(moving, "file"), "latin1")).toBe("good");
    rmSync(join(moving, "put"));
  });

  test.each(["directory", "symlink"])("a %s that comes to be outside is taken back", (type) => {
    const elsewhere = tree.at("@/elsewhere");
    const by = meanwhile(1, () => renameSync(moving, elsewhere));
    const args = type === "symlink" ? { "target-b64": b64("x") } : {};
    const result = become(() =>
      ask(fileMake, { path: join(moving, "made"), type, ...args }, { policy: by }),
    );
    const left = readdirSync(elsewhere);
    renameSync(elsewhere, moving);
    expect([result, left]).toEqual(["denied", ["file"]]);
  });

  test("the mode of a new folder is not given to what a link leads to", () => {
    const path = join(tree.inside, "made");
    const by = meanwhile(2, () => {
      rmSync(path, { recursive: true });
      symlinkSync(join(tree.outside, "kept"), path);
    });
    const result = become(() =>
      ask(fileMake, { path: `${path}/`, type: "directory", mode: 0o777 }, { policy: by }),
    );
    expect(result).toMatch(/^(Not a directory|Too many levels of symbolic links)$/);
    rmSync(path, { recursive: true, force: true });
  });
});

test("no descriptor stays open, whatever becomes of it", () => {
  const open = readdirSync("/proc/self/fd").length;
  for (const [, act] of [...followed, ...kept]) {
    for (const way of ["@/in/none", "@/in/none/x", "@/in/link", "@/out/secret", "@/in/good/.."]) {
      become(() => act(policy, tree.at(way)));
      if (!existsSync(tree.at("@/in/link")))
        symlinkSync(tree.at("@/out/secret"), tree.at("@/in/link"));
      rmSync(tree.at("@/in/got"), { force: true, recursive: true });
    }
  }
  expect(readdirSync("/proc/self/fd").length).toBe(open);
});

test("a mkdir below what is a file is no place", () => {
  mkdirSync(tree.at("@/in/place"));
  expect(become(() => ask(fileRemove, { path: tree.at("@/in/place/") }, { policy }))).toBe("done");
});
