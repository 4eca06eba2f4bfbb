import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Approve } from "../../src/linux/checked-open.ts";
import { GuestFile, OpenFailure } from "../../src/linux/guest-file.ts";

setDefaultTimeout(120_000);

class NotInside extends Error {}

let folder: string;
let inside: string;
let outside: string;
let approve: Approve;
beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "guestwire-test-")));
  inside = join(folder, "inside");
  outside = join(folder, "outside/kept");
  mkdirSync(join(inside, "good"), { recursive: true });
  mkdirSync(join(inside, "moving"));
  mkdirSync(outside, { recursive: true });
  writeFileSync(join(inside, "good/file"), "good");
  writeFileSync(join(inside, "moving/file"), "good");
  writeFileSync(join(outside, "file"), "secret");
  symlinkSync(outside, join(inside, "away"));
  symlinkSync("good/file", join(inside, "near"));
  symlinkSync(join(outside, "nothing"), join(inside, "dangling"));
  symlinkSync("good/nothing", join(inside, "hollow"));
  symlinkSync("round", join(inside, "round"));
  for (const [name, target] of [
    ["asks-1", join(outside, "file/below")],
    ["asks-2", "../outside/none/below"],
    ["asks-3", "asks-1"],
    ["asks-4", "/proc/self/fd/0"],
    ["asks-5", "good/../../outside/none"],
  ] as const) {
    symlinkSync(target, join(inside, name));
  }
  approve = (path) => {
    if (!path.startsWith(`${inside}/`) || path.includes("/../")) throw new NotInside(path);
  };
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** What is read of a file, what became of it otherwise. */
function open(path: string, mode = "r", by = approve): string {
  try {
    const file = GuestFile.open(path, mode, 0o600, by);
    try {
      return mode.startsWith("r") ? Buffer.from(file.read(1024).bytes).toString() : "opened";
    } finally {
      file.close();
    }
  } catch (error) {
    if (error instanceof NotInside) return "refused";
    if (error instanceof OpenFailure) return error.cause.code;
    throw error;
  }
}

describe("a file is approved of by where it is", () => {
  test("links are followed first", () => {
    expect(open(join(inside, "good/file"))).toBe("good");
    expect(open(join(inside, "near"))).toBe("good");
    expect(open(join(inside, "away/file"))).toBe("refused");
    expect(open(`${inside}/away/../../inside/good/file`)).toBe("good");
    expect(open(`${inside}/away/../kept/file`)).toBe("refused");
    expect(open(`${outside}/../../inside/near`)).toBe("good");
    expect(open(`${inside}/good/../../outside/kept/file`)).toBe("refused");
  });

  test("the links of /proc to what processes have open are not followed", () => {
    const place = `/proc/self/root${inside}/good/file`;
    expect(open(place)).toBe("refused");
    expect(open(`/proc/self/cwd/../../../../..${inside}/good/file`)).toBe("refused");
    expect(open("/dev/stdin")).toBe("refused");
  });

  test("what is missing is told of what would be approved of, and of nothing else", () => {
    expect(open(join(inside, "none"))).toBe("ENOENT");
    expect(open(join(inside, "no/such/folder"))).toBe("ENOENT");
    expect(open(join(inside, "good/file/below"))).toBe("ENOTDIR");
    expect(open(join(outside, "none"))).toBe("refused");
    expect(open(join(inside, "away/none"))).toBe("refused");
    expect(open(`${inside}/no/../../outside/kept/none`)).toBe("refused");
  });

  test("links that lead nowhere tell nothing of what is there", () => {
    for (const name of ["dangling", "asks-1", "asks-2", "asks-3", "asks-4", "asks-5"]) {
      expect([name, open(join(inside, name))]).toEqual([name, "refused"]);
      expect([name, open(join(inside, name, "below"))]).toEqual([name, "refused"]);
      expect([name, open(join(inside, name), "w")]).toEqual([name, "refused"]);
    }
    // Nor does one by bytes that are shown like those of a folder that may be looked into.
    mkdirSync(join(inside, "\ufffd"));
    const odd = Buffer.concat([Buffer.from(`${inside}/`), Buffer.of(0xff)]);
    symlinkSync(outside, odd);
    symlinkSync(Buffer.concat([odd, Buffer.from("/none")]), join(inside, "asks-oddly"));
    expect(open(join(inside, "asks-oddly"))).toBe("refused");
    expect(open(join(inside, "hollow"))).toBe("ENOENT");
    expect(open(join(inside, "hollow/below"))).toBe("ENOENT");
    expect(open(join(inside, "round"))).toBe("ELOOP");
  });

  test("what is made is made there, with its mode, and nothing outside", () => {
    expect(open(join(inside, "new"), "w")).toBe("opened");
    expect(existsSync(join(inside, "new"))).toBe(true);
    expect(open(join(inside, "new"), "a+")).toBe("opened");
    expect(open(join(inside, "away/new"), "w")).toBe("refused");
    expect(open(join(outside, "new"), "w")).toBe("refused");
    expect(open(join(inside, "dangling"), "w")).toBe("refused");
    expect(open(join(inside, "hollow"), "w")).toBe("ENOENT");
    expect(open(`${inside}/new/`, "r")).toBe("ENOTDIR");
    expect(open(`${inside}/folder/`, "w")).toBe("EISDIR");
    expect(open(join(inside, "good"), "w")).toBe("EISDIR");
    expect(readdirSync(outside)).toEqual(["file"]);
  });

  test("a file that was there is emptied only when it is approved of", () => {
    expect(open(join(inside, "away/file"), "w")).toBe("refused");
    expect(readFileSync(join(outside, "file"), "utf8")).toBe("secret");
  });

  test("no descriptor stays open, whatever becomes of it", () => {
    const before = readdirSync("/proc/self/fd").length;
    for (const [name, mode] of [
      ["near", "r"],
      ["away/file", "r"],
      ["none", "r"],
      ["away/new", "w"],
      ["dangling", "w"],
      ["folder/", "w"],
    ] as const) {
      for (let times = 0; times < 20; times++) open(join(inside, name), mode);
    }
    expect(readdirSync("/proc/self/fd").length).toBe(before);
  });
});

const tries = 4_000;

/** Lets somebody change what names lead to while `act` goes on. */
async function underAttack(act: () => void): Promise<void> {
  const flipper = Bun.spawn(
    [process.execPath, join(import.meta.dirname, "symlink-flipper.ts"), inside, "good", outside],
    { stdout: "pipe", stderr: "inherit" },
  );
  try {
    await flipper.stdout.getReader().read();
    act();
    expect(flipper.exitCode).toBeNull();
  } finally {
    flipper.kill("SIGKILL");
    await flipper.exited;
    // It may have ended between moving away and moving back.
    const moved = join(outside, "../moved");
    if (existsSync(moved)) renameSync(moved, join(inside, "moving"));
  }
}

describe("while somebody swaps what names lead to", () => {
  function restore(): void {
    rmSync(join(inside, "flipping"), { force: true });
    rmSync(join(inside, "next"), { force: true });
    symlinkSync("good", join(inside, "flipping"));
  }

  test("nothing outside is ever read", async () => {
    restore();
    const seen: Record<string, number> = {};
    await underAttack(() => {
      for (let times = 0; times < tries; times++) {
        for (const name of ["flipping/file", "moving/file"]) {
          const result = open(join(inside, name));
          seen[result] = (seen[result] ?? 0) + 1;
        }
      }
    });
    expect(seen.secret).toBeUndefined();
    // Both ways of it were met, or nothing was tried.
    expect(seen.good).toBeGreaterThan(0);
    expect(seen.refused).toBeGreaterThan(0);
  });

  test("nothing outside is ever written to, emptied or made", async () => {
    restore();
    const seen = new Set<string>();
    await underAttack(() => {
      for (let times = 0; times < tries; times++) {
        seen.add(open(join(inside, "flipping/file"), times % 2 === 0 ? "r+" : "w"));
        seen.add(open(join(inside, `flipping/made-${times}`), "w"));
      }
    });
    expect(seen).toContain("opened");
    expect(seen).toContain("refused");
    expect(readFileSync(join(outside, "file"), "utf8")).toBe("secret");
    expect(readdirSync(outside)).toEqual(["file"]);
  });
});

describe("between the approval and the deed", () => {
  /** Does something once, at the moment of the first approval. */
  function meanwhile(act: () => void): Approve {
    let isDone = false;
    return (path, status) => {
      approve(path, status);
      if (!isDone) act();
      isDone = true;
    };
  }

  test("a folder that is moved away takes no new file along", () => {
    const moving = join(inside, "moving");
    const moved = join(folder, "outside/moved");
    const swap = meanwhile(() => renameSync(moving, moved));
    let isFirst = true;
    const result = open(join(moving, "made"), "w", (path, status) => {
      // The first look is for a file that is there; the second one at the folder to make it in.
      if (!isFirst) swap(path, status);
      isFirst = false;
    });
    const left = readdirSync(moved);
    renameSync(moved, moving);
    expect([result, left]).toEqual(["refused", ["file"]]);
  });

  test("another file under the name is not the one that is opened", () => {
    const name = join(inside, "swapped");
    writeFileSync(name, "good");
    const swap = meanwhile(() => {
      rmSync(name);
      symlinkSync(join(outside, "file"), name);
    });
    expect(open(name, "r", swap)).toBe("good");
    expect(open(name, "r")).toBe("refused");
  });
});
