/** Our own commands about files while somebody in the guest swaps what names lead to. */
import { beforeEach, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { byHeldPath, openToRead } from "../../src/commands/guarded-path.ts";
import { Denial, GuestError } from "../../src/commands/guest-error.ts";
import { fileList, fileStat } from "../../src/commands/vendor-folder.ts";
import { fileChange, fileMake, fileRemove, fileRename } from "../../src/commands/vendor-path.ts";
import { hashOfRange } from "../../src/linux/file-hash.ts";
import { ask, b64 } from "../commands/vendor-ask.ts";
import { GuardedTree } from "./guarded-tree.ts";

setDefaultTimeout(120_000);

const tree = new GuardedTree();
const policy = tree.policy('read = ["@/in"]', 'write = ["@/in"]');
const kept = join(tree.outside, "kept");
const at = (name: string) => join(tree.inside, name);

const rounds = 4_000;

/** What a deed came to: what it answers, "denied", or "failed" where a name was not there at that moment. */
function become(act: () => unknown): unknown {
  try {
    return act();
  } catch (error) {
    if (error instanceof Denial) return "denied";
    if (error instanceof GuestError) return "failed";
    throw error;
  }
}

/** Goes on with `act` while names are swapped; what it came to, and how often. */
async function underAttack(
  act: (round: number) => unknown | Promise<unknown>,
): Promise<Map<unknown, number>> {
  const flipper = Bun.spawn(
    [
      process.execPath,
      join(import.meta.dirname, "../linux/symlink-flipper.ts"),
      tree.inside,
      "good",
      kept,
    ],
    { stdout: "pipe", stderr: "inherit" },
  );
  const seen = new Map<unknown, number>();
  try {
    await flipper.stdout.getReader().read();
    for (let round = 0; round < rounds; round++) {
      const result = await act(round);
      seen.set(result, (seen.get(result) ?? 0) + 1);
    }
    expect(flipper.exitCode).toBeNull();
  } finally {
    flipper.kill("SIGKILL");
    await flipper.exited;
    const moved = join(kept, "../moved");
    if (existsSync(moved)) renameSync(moved, at("moving"));
  }
  return seen;
}

let before: string[];
beforeEach(() => {
  for (const name of ["flipping", "next"]) rmSync(at(name), { force: true });
  symlinkSync("good", at("flipping"));
  before = tree.look(kept);
});

/** Nothing was reached outside, and both sides of the swapping were met, or nothing was tried. */
function expectBoth(seen: Map<unknown, number>, done: unknown): void {
  expect(tree.look(kept)).toEqual(before);
  expect(seen.get(done) ?? 0).toBeGreaterThan(0);
  expect(seen.get("denied") ?? 0).toBeGreaterThan(0);
}

test("nothing outside is looked at, listed or read", async () => {
  writeFileSync(join(kept, "only-here"), "a secret that is longer");
  before = tree.look(kept);
  const hash = (path: string) =>
    byHeldPath(
      policy,
      path,
      () => openToRead(policy, path),
      async (place) => {
        const outcome = hashOfRange({ path: place, offset: "0" });
        return "count" in outcome ? `${outcome.count} bytes` : "failed";
      },
    ).catch((error: unknown) => (error instanceof Denial ? "denied" : "failed"));
  const seen = await underAttack((round) => {
    const folder = at(round % 2 === 0 ? "flipping" : "moving");
    switch (round % 3) {
      case 0:
        return become(
          () => `${ask(fileStat, { path: `${folder}/file`, follow: true }, { policy }).size} bytes`,
        );
      case 1:
        return become(() => {
          const { entries } = ask(fileList, { path: folder }, { policy });
          return entries.map((entry) => Buffer.from(entry["name-b64"]).toString()).join();
        });
      default:
        return hash(`${folder}/file`);
    }
  });
  // A folder that is moved away while it is listed has no names that may be told.
  const harmless = ["denied", "failed", "4 bytes", "file", ""];
  expect([...seen.keys()].filter((result) => !harmless.includes(result as string))).toEqual([]);
  expectBoth(seen, "4 bytes");
  expectBoth(seen, "file");
});

test("nothing outside is changed", async () => {
  const seen = await underAttack((round) =>
    become(() => {
      const path = `${at(round % 2 === 0 ? "flipping" : "moving")}/file`;
      ask(fileChange, { path, mode: 0o600, "mtime-ns": BigInt(round), size: 4n }, { policy });
      return "done";
    }),
  );
  expectBoth(seen, "done");
});

test("nothing outside is made or removed", async () => {
  writeFileSync(at("good/gone"), "x");
  writeFileSync(join(kept, "gone"), "x");
  before = tree.look(kept);
  const seen = await underAttack((round) =>
    become(() => {
      const folder = at(round % 2 === 0 ? "flipping" : "moving");
      const path = `${folder}/made-${round}`;
      switch (round % 4) {
        case 0:
        case 1:
          ask(fileMake, { path, type: "directory", mode: 0o777 }, { policy });
          return "made";
        case 2:
          ask(fileMake, { path, type: "symlink", "target-b64": b64("x") }, { policy });
          return "made";
        default:
          ask(fileRemove, { path: `${at("flipping")}/gone` }, { policy });
          writeFileSync(at("good/gone"), "x");
          return "removed";
      }
    }),
  );
  expectBoth(seen, "made");
  expectBoth(seen, "removed");
  for (const folder of ["good", "moving"]) {
    for (const name of readdirSync(at(folder)).filter((each) => each.startsWith("made-"))) {
      rmSync(at(`${folder}/${name}`), { recursive: true });
    }
  }
});

test("nothing comes in from outside, and nothing goes out", async () => {
  writeFileSync(join(kept, "carried"), "secret");
  writeFileSync(at("good/carried"), "good");
  before = tree.look(kept);
  const seen = await underAttack((round) =>
    become(() => {
      const [from, to] = [`${at("flipping")}/carried`, at("carried")];
      const isOut = round % 2 === 1;
      ask(
        fileRename,
        { from: isOut ? to : from, to: isOut ? from : to, replace: true },
        { policy },
      );
      return "moved";
    }),
  );
  expectBoth(seen, "moved");
});
