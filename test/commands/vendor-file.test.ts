import { expect, test } from "bun:test";
import { readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  fileHash,
  fileReadAt,
  fileWriteAt,
  readAtBytesMax,
} from "../../src/commands/vendor-file.ts";
import { type Errand, ErrandFailure, runErrand } from "../../src/linux/errand.ts";
import { running } from "../native/running.ts";
import { tempFolder } from "../native/temp-folder.ts";
import { ask, askLater, b64, handle, withFile } from "./vendor-ask.ts";

const folder = tempFolder();
const program = [process.execPath, join(import.meta.dirname, "../../src/cli/main.ts")];

function made(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

function textOf({ "buf-b64": data }: { "buf-b64": unknown }): string {
  return Buffer.from(data as Uint8Array).toString("latin1");
}

test("bytes are read from where they are asked for", () => {
  using context = withFile(made("read", "0123456789"), "r");
  const read = (offset: number, count?: number) => {
    const reply = ask(
      fileReadAt,
      { handle, offset, ...(count !== undefined && { count }) },
      context,
    );
    return [textOf(reply), reply.count, reply.eof];
  };
  expect(read(3, 4)).toEqual(["3456", 4, false]);
  expect(read(0, 10)).toEqual(["0123456789", 10, false]);
  expect(read(8, 4)).toEqual(["89", 2, true]);
  expect(read(0)).toEqual(["0123456789", 10, true]);
  expect(read(99)).toEqual(["", 0, true]);
  expect(read(0, 0)).toEqual(["", 0, false]);
});

test("a range of many MiB comes whole", () => {
  const bytes = Buffer.alloc(readAtBytesMax + 5, "0123456789abcdef!");
  using context = withFile(made("large", bytes), "r");
  const reply = ask(fileReadAt, { handle, offset: 5, count: readAtBytesMax }, context);
  expect(Buffer.from(reply["buf-b64"] as Uint8Array).equals(bytes.subarray(5))).toBe(true);
  expect(reply.eof).toBe(false);
});

test("what lies beyond 4 GiB is reached, and what is between is a hole", () => {
  const path = made("sparse", "");
  using context = withFile(path, "r+");
  const offset = 5_000_000_000;
  expect(ask(fileWriteAt, { handle, offset, "buf-b64": b64("far") }, context)).toEqual({
    count: 3,
  });
  expect(textOf(ask(fileReadAt, { handle, offset: offset - 1 }, context))).toBe("\0far");
  const { size, blocks } = statSync(path);
  expect(size).toBe(offset + 3);
  expect(blocks).toBeLessThan(1000);
});

test("the position of the file stays, and what it has buffered counts", () => {
  const path = made("both", "0123456789");
  using context = withFile(path, "r+");
  const file = context.files?.get(7n);
  if (file === undefined) throw new Error("There is no file");
  file.beginRead();
  expect(Buffer.from(file.read(2).bytes).toString()).toBe("01");
  ask(fileWriteAt, { handle, offset: 2, "buf-b64": b64("XY") }, context);
  file.beginRead();
  // What stdio had read ahead is not what is there now.
  expect(Buffer.from(file.read(3).bytes).toString()).toBe("XY4");
  file.beginWrite();
  file.write(Buffer.from("zz"));
  expect(textOf(ask(fileReadAt, { handle, offset: 4, count: 4 }, context))).toBe("4zz7");
  expect(readFileSync(path, "latin1")).toBe("01XY4zz789");
});

test("what cannot be is refused before anything is done", () => {
  const path = made("refused", "01234");
  using context = withFile(path, "r+");
  const read = (args: object) => () => ask(fileReadAt, { handle, offset: 0, ...args }, context);
  expect(read({ offset: -1 })).toThrow("value '-1' is invalid for argument offset");
  expect(read({ count: -1 })).toThrow("value '-1' is invalid for argument count");
  expect(read({ count: readAtBytesMax + 1 })).toThrow("is invalid for argument count");
  const write =
    (data: string, offset = 0) =>
    () =>
      ask(fileWriteAt, { handle, offset, "buf-b64": data }, context);
  expect(write("!")).toThrow("Base64 data contains invalid characters");
  expect(write(b64("x"), -1)).toThrow("value '-1' is invalid for argument offset");
  using appending = withFile(path, "a");
  expect(() => ask(fileWriteAt, { handle, offset: 0, "buf-b64": b64("x") }, appending)).toThrow(
    "failed to write to file: it was opened to append",
  );
  using reading = withFile(path, "r");
  expect(() => ask(fileWriteAt, { handle, offset: 0, "buf-b64": b64("x") }, reading)).toThrow(
    "failed to write to file: Bad file descriptor",
  );
  expect(readFileSync(path, "latin1")).toBe("01234");
});

/** As the agent has it done: by another process of this program. */
async function hash(args: Record<string, string | number>) {
  let answer: unknown;
  await running((reactor) => {
    const errand = (order: Errand) => runErrand(reactor, order, program);
    askLater(fileHash, args, { errand })
      .then(
        (value) => {
          answer = value;
        },
        (error: Error) => {
          answer = error.message;
        },
      )
      .finally(() => reactor.stop());
  });
  return answer;
}

test("a file and a range of it are hashed by another process", async () => {
  const path = made("hashed", "abc");
  const abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  const nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
  expect(await hash({ path })).toEqual({ hash: abc, count: 3 });
  expect(await hash({ path, offset: 3 })).toEqual({ hash: nothing, count: 0 });
  const padded = made("padded", "xxabcyy");
  expect(await hash({ path: padded, offset: 2, count: 3, algorithm: "sha256" })).toEqual({
    hash: abc,
    count: 3,
  });
  const bytes = Buffer.from([0x66, 0xff, 0xfe]);
  writeFileSync(Buffer.concat([Buffer.from(`${folder}/`), bytes]), "abc");
  const encoded = b64(Buffer.concat([Buffer.from(`${folder}/`), bytes]));
  expect(await hash({ "path-b64": encoded })).toEqual({ hash: abc, count: 3 });
});

test("several MiB with a hole are hashed as they would be read", async () => {
  const path = made("holes", "begin");
  truncateSync(path, 5_000_000);
  const expected = new Bun.CryptoHasher("sha256").update(readFileSync(path)).digest("hex");
  expect(await hash({ path })).toEqual({ hash: expected, count: 5_000_000 });
});

test("what has no content to hash is refused with the reason", async () => {
  expect(await hash({ path: `${folder}/none` })).toBe(
    `failed to hash '${folder}/none': No such file or directory`,
  );
  expect(await hash({ path: folder })).toBe(`failed to hash '${folder}': Is a directory`);
  expect(await hash({ path: "/dev/zero" })).toBe("failed to hash '/dev/zero': Invalid argument");
});

test("a process that does not answer in time is told", async () => {
  const errand = () => Promise.reject(new ErrandFailure("no answer within 60 s"));
  const answer = askLater(fileHash, { path: "/x" }, { errand });
  await expect(answer).rejects.toThrow("failed to hash '/x': no answer within 60 s");
  const defect = askLater(
    fileHash,
    { path: "/x" },
    { errand: () => Promise.reject(new TypeError("d")) },
  );
  await expect(defect).rejects.toThrow(TypeError);
});
