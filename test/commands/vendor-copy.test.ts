/** The commands that whole files are copied with. */
import { expect, test } from "bun:test";
import { createHash } from "node:crypto";
import {
  chmodSync,
  closeSync,
  ftruncateSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import type { CommandContext } from "../../src/commands/context.ts";
import {
  dataRangesMax,
  fileData,
  fileGet,
  fileOpen,
  filePut,
  fileSync,
  wholeFileBytesMax,
} from "../../src/commands/vendor-copy.ts";
import { type Errand, runErrand } from "../../src/linux/errand.ts";
import type { GuestFile } from "../../src/linux/guest-file.ts";
import { running } from "../native/running.ts";
import { tempFolder } from "../native/temp-folder.ts";
import { ask, askLater, b64 } from "./vendor-ask.ts";

const folder = tempFolder();
const program = [process.execPath, join(import.meta.dirname, "../../src/cli/main.ts")];
const odd = "\xff\xfe odd";

function made(name: string, content: string | Uint8Array = ""): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

function sha256(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

/** A table of one file. */
function table() {
  const opened: GuestFile[] = [];
  const files = {
    enter(open: () => GuestFile) {
      opened.push(open());
      return 7n;
    },
    get: () => opened.at(-1),
  } as unknown as CommandContext["files"];
  const context: Partial<CommandContext> = { files, newFileMode: 0o600 };
  return {
    context,
    [Symbol.dispose]() {
      for (const file of opened) file.close();
    },
  };
}

test("a file is opened by any bytes, and told about", () => {
  const path = Buffer.from(join(folder, odd), "latin1");
  writeFileSync(path, "content");
  chmodSync(path, 0o640);
  utimesSync(path, 1, 1_500_000_000.25);
  using open = table();
  const { uid, gid } = statSync(path);
  expect(ask(fileOpen, { "path-b64": b64(path) }, open.context)).toEqual({
    handle: 7n,
    type: "file",
    size: 7n,
    mode: 0o640,
    uid,
    gid,
    nlink: 1,
    "mtime-ns": 1_500_000_000_250_000_000n,
  });
});

test("what must not be there, or must be no link, is refused", () => {
  const path = made("there", "content");
  symlinkSync(path, join(folder, "link"));
  using open = table();
  const opened = (args: Record<string, string | boolean>) => () =>
    ask(fileOpen, args, open.context);
  expect(opened({ path, mode: "w", exclusive: true })).toThrow("File exists");
  expect(readFileSync(path, "utf8")).toBe("content");
  const link = join(folder, "link");
  expect(opened({ path: link, nofollow: true })).toThrow("Too many levels of symbolic links");
  expect(opened({ path: link, mode: "w", exclusive: true })).toThrow("File exists");
  expect(opened({ path: link })()).toMatchObject({ size: 7n });
  expect(opened({ path: join(folder, "new"), mode: "w", exclusive: true })()).toMatchObject({
    mode: 0o600,
  });
  expect(opened({ path, mode: "x" })).toThrow("invalid file open mode 'x'");
});

test("data is told apart from holes", () => {
  const path = made("sparse");
  const file = openSync(path, "r+");
  ftruncateSync(file, 10_000_000_000);
  writeSync(file, "begin", 0);
  writeSync(file, "middle", 5_000_000_000);
  closeSync(file);
  const { ranges } = ask(fileData, { path });
  expect(ranges).toHaveLength(2);
  const [first, second] = ranges;
  expect(first?.offset).toBe(0n);
  expect(Number(second?.offset)).toBeWithin(4_999_000_000, 5_000_000_001);
  expect(ask(fileData, { path, offset: 5_000_000_003 }).ranges[0]?.offset).toBe(5_000_000_003n);
  expect(ask(fileData, { path, offset: 9_000_000_000 })).toEqual({ ranges: [] });
  expect(ask(fileData, { path: made("empty") })).toEqual({ ranges: [] });
  expect(() => ask(fileData, { path: join(folder, "none") })).toThrow("No such file");
});

test("more ranges than a reply has are asked for in parts", () => {
  const path = made("holes");
  const file = openSync(path, "r+");
  const step = 65_536;
  for (let index = 0; index <= dataRangesMax; index++) writeSync(file, "x", index * 2 * step);
  closeSync(file);
  const { ranges, next } = ask(fileData, { path });
  // Where the file system has no holes there is one range.
  if (ranges.length === 1) return;
  expect(ranges).toHaveLength(dataRangesMax);
  const rest = ask(fileData, { path, offset: next as bigint });
  expect(rest.ranges).toHaveLength(1);
  expect(rest.next).toBeUndefined();
});

test("a small file comes whole, with its sum", () => {
  const path = made("small", "content");
  chmodSync(path, 0o4711);
  expect(ask(fileGet, { path })).toMatchObject({
    size: 7n,
    mode: 0o4711,
    hash: sha256("content"),
    "buf-b64": Uint8Array.from(Buffer.from("content")),
  });
  truncateSync(made("large"), 0);
  truncateSync(join(folder, "large"), wholeFileBytesMax + 1);
  expect(() => ask(fileGet, { path: join(folder, "large") })).toThrow("File too large");
  expect(() => ask(fileGet, { path: folder })).toThrow("Is a directory");
  symlinkSync(path, join(folder, "link to small"));
  expect(() => ask(fileGet, { path: join(folder, "link to small") })).toThrow("symbolic links");
});

test("a small file is made whole, and takes the place of what has its name", () => {
  const path = join(folder, "put");
  const put = (content: string, more: Record<string, number | boolean> = {}) =>
    ask(filePut, { path, "buf-b64": b64(content), hash: sha256(content), ...more });
  put("first");
  expect(statSync(path).mode & 0o7777).toBe(0o600);
  expect(() => put("second")).toThrow("File exists");
  expect(readFileSync(path, "utf8")).toBe("first");
  put("second", { replace: true, mode: 0o755, "mtime-ns": 1_500_000_000 });
  expect(readFileSync(path, "utf8")).toBe("second");
  expect(statSync(path).mode & 0o7777).toBe(0o755);
  expect(statSync(path, { bigint: true }).mtimeNs).toBe(1_500_000_000n);
});

test("what has another sum is not made, and leaves nothing", () => {
  const inner = join(folder, "inner");
  mkdirSync(inner);
  const put = (name: string, hash: string) => () =>
    ask(filePut, { path: join(inner, name), "buf-b64": b64("x"), hash, replace: true });
  expect(put("a", sha256("y"))).toThrow("its SHA-256 is another one");
  mkdirSync(join(inner, "folder"));
  expect(put("folder", sha256("x"))).toThrow("Is a directory");
  expect(put("none/a", sha256("x"))).toThrow("No such file or directory");
  expect(readdirSync(inner)).toEqual(["folder"]);
  // What an agent that was killed has left is in nobody's way.
  put("b", sha256("x"))();
  const interim = `.guestwire-${sha256("c").slice(0, 32)}.new`;
  writeFileSync(join(inner, interim), "left");
  put("c", sha256("x"))();
  expect(readdirSync(inner).sort()).toEqual(["b", "c", "folder"]);
  symlinkSync("/nowhere", join(inner, "link"));
  put("link", sha256("x"))();
  expect(lstatSync(join(inner, "link")).isFile()).toBe(true);
});

/** As the agent has it done: by another process of this program. */
async function synced(path: string): Promise<unknown> {
  let answer: unknown;
  await running((reactor) => {
    const errand = (order: Errand) => runErrand(reactor, order, program);
    askLater(fileSync, { path }, { errand })
      .then(
        () => {
          answer = "done";
        },
        (error: Error) => {
          answer = error.message;
        },
      )
      .finally(() => reactor.stop());
  });
  return answer;
}

test("a file and the names in a folder are synced by another process", async () => {
  expect(await synced(made("synced", "x"))).toBe("done");
  expect(await synced(folder)).toBe("done");
  const path = join(folder, "not there");
  expect(await synced(path)).toBe(`failed to sync '${path}': No such file or directory`);
});
