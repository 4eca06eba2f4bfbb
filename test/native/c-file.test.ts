import { expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { CFile } from "../../native/c-file.ts";
import { Errno, SysError } from "../../native/errno.ts";
import { Fd } from "../../native/fd.ts";
import { pipe } from "../../native/spawn.ts";
import { OpenFlag } from "../../native/structs.ts";
import { UseAfterClose } from "../../native/use-after-close.ts";
import { makeGarbage } from "./garbage.ts";
import { tempFolder } from "./temp-folder.ts";

const folder = tempFolder();
const bytesOf = (text: string) => new TextEncoder().encode(text);
const createFlags = OpenFlag.O_RDWR | OpenFlag.O_CREAT | OpenFlag.O_TRUNC;

function newFile(name: string, mode: string, extraFlags = 0): CFile {
  return CFile.attach(Fd.open(`${folder}/${name}`, createFlags | extraFlags, 0o600), mode);
}

function contents(name: string): string {
  return readFileSync(`${folder}/${name}`, "utf8");
}

function readText(file: CFile, count: number): { text: string; eof: boolean } {
  const into = new Uint8Array(count);
  const result = file.read(into);
  return { text: Buffer.from(into.subarray(0, result.count)).toString(), eof: result.eof };
}

function errorOf(run: () => unknown): SysError {
  try {
    run();
  } catch (error) {
    if (error instanceof SysError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

test("attach takes the descriptor over", () => {
  const fd = Fd.open("/dev/null", OpenFlag.O_RDONLY);
  using file = CFile.attach(fd, "r");
  expect(fd.closed).toBe(true);
  expect(file.subject).toBe("/dev/null");
  expect(() => fd.tryRead(new Uint8Array(1))).toThrow(UseAfterClose);
});

test("attach leaves the descriptor alone when it fails", () => {
  using fd = Fd.open("/dev/null", OpenFlag.O_RDONLY);
  expect(errorOf(() => CFile.attach(fd, "nonsense")).errno).toBe(22);
  expect(fd.closed).toBe(false);
  expect(fd.tryRead(new Uint8Array(1))).toBe(0);
});

test("what is written shows in the file after a flush and not before", () => {
  using file = newFile("buffered", "w");
  expect(file.write(bytesOf("hello"))).toBe(5);
  expect(contents("buffered")).toBe("");
  file.flush();
  expect(contents("buffered")).toBe("hello");
});

test("seek and close write out what is buffered", () => {
  const file = newFile("written-out", "w");
  file.write(bytesOf("one"));
  file.seek(0n, 1);
  expect(contents("written-out")).toBe("one");
  file.write(bytesOf(" two"));
  expect(contents("written-out")).toBe("one");
  file.close();
  expect(contents("written-out")).toBe("one two");
});

test("a full buffer is written out by itself", () => {
  using file = newFile("overflow", "w");
  file.write(new Uint8Array(100_000).fill(0x61));
  expect(contents("overflow").length).toBeGreaterThan(90_000);
});

test("reading what was just written needs a seek in between", () => {
  using file = newFile("both", "w+");
  file.write(bytesOf("0123456789"));
  file.seek(2n, 0);
  expect(readText(file, 3)).toEqual({ text: "234", eof: false });
  file.seek(0n, 1);
  file.write(bytesOf("X"));
  file.flush();
  expect(contents("both")).toBe("01234X6789");
});

test("appending goes to the end wherever the position was", () => {
  writeFileSync(`${folder}/append`, "start");
  const fd = Fd.open(`${folder}/append`, OpenFlag.O_RDWR | OpenFlag.O_APPEND);
  using file = CFile.attach(fd, "a+");
  file.seek(0n, 0);
  file.write(bytesOf("+end"));
  file.flush();
  expect(contents("append")).toBe("start+end");
});

test("eof is told by the read that hits it, and only by that one", () => {
  writeFileSync(`${folder}/eof`, "12345");
  using file = CFile.attach(Fd.open(`${folder}/eof`, OpenFlag.O_RDONLY), "r");
  expect(readText(file, 5)).toEqual({ text: "12345", eof: false });
  expect(readText(file, 5)).toEqual({ text: "", eof: true });
  expect(readText(file, 5)).toEqual({ text: "", eof: true });
  expect(readText(file, 0)).toEqual({ text: "", eof: false });
  file.seek(3n, 0);
  expect(readText(file, 5)).toEqual({ text: "45", eof: true });
  // Not sticky: what is appended afterwards can be read.
  writeFileSync(`${folder}/eof`, "67", { flag: "a" });
  expect(readText(file, 5)).toEqual({ text: "67", eof: true });
});

test("tell is the logical position, whatever is buffered", () => {
  writeFileSync(`${folder}/tell`, "x".repeat(10_000));
  using file = CFile.attach(Fd.open(`${folder}/tell`, OpenFlag.O_RDWR), "r+");
  readText(file, 10);
  expect(file.tell()).toBe(10n);
  file.seek(-4n, 2);
  expect(file.tell()).toBe(9_996n);
  file.write(bytesOf("ab"));
  expect(file.tell()).toBe(9_998n);
});

test("offsets beyond 2^53 are exact", () => {
  using file = newFile("far", "w+");
  const far = 2n ** 53n + 1n;
  // Farther than some file systems let a file reach; /proc/self/mem reaches anywhere.
  using memory = CFile.attach(Fd.open("/proc/self/mem", OpenFlag.O_RDONLY), "r");
  memory.seek(far, 0);
  expect(memory.tell()).toBe(far);
  file.seek(2n ** 33n + 1n, 0);
  expect(file.tell()).toBe(2n ** 33n + 1n);
});

test("seeking before the start is EINVAL, and on a pipe ESPIPE", () => {
  using file = newFile("seek", "w+");
  expect(errorOf(() => file.seek(-1n, 0))).toMatchObject({ op: "seek", code: "EINVAL" });
  const [reading, writing] = pipe();
  using stream = CFile.attach(reading, "r");
  expect(errorOf(() => stream.seek(0n, 0))).toMatchObject({ code: "ESPIPE", text: "Illegal seek" });
  expect(errorOf(() => stream.tell())).toMatchObject({ code: "ESPIPE" });
  writing.close();
});

test("a directory opens and cannot be read", () => {
  using file = CFile.attach(Fd.open(folder, OpenFlag.O_RDONLY), "r");
  expect(errorOf(() => file.read(new Uint8Array(10)))).toMatchObject({
    op: "read",
    code: "EISDIR",
    text: "Is a directory",
    subject: folder,
  });
});

test("an empty non-blocking pipe is EAGAIN, also after some bytes, and the stream goes on", () => {
  const [reading, writing] = pipe();
  reading.setNonblocking(true);
  using file = CFile.attach(reading, "r");
  expect(errorOf(() => file.read(new Uint8Array(4))).errno).toBe(Errno.EAGAIN);
  writing.tryWrite(bytesOf("ab"));
  expect(errorOf(() => file.read(new Uint8Array(4))).errno).toBe(Errno.EAGAIN);
  writing.tryWrite(bytesOf("cdef"));
  expect(readText(file, 4)).toEqual({ text: "cdef", eof: false });
  writing.close();
  expect(readText(file, 4)).toEqual({ text: "", eof: true });
});

test("reading from a stream for writing, and the other way round, is EBADF", () => {
  using writer = newFile("write-only", "w");
  expect(errorOf(() => writer.read(new Uint8Array(4)))).toMatchObject({
    op: "read",
    code: "EBADF",
  });
  using reader = CFile.attach(Fd.open("/dev/zero", OpenFlag.O_RDONLY), "r");
  expect(errorOf(() => reader.write(bytesOf("x")))).toMatchObject({ op: "write", code: "EBADF" });
  expect(readText(reader, 1)).toEqual({ text: "\0", eof: false });
});

/** The device on which every write fails; made where it is missing, which takes root. */
function fullDevice(): string | null {
  const made = `${folder}/full`;
  Bun.spawnSync(["mknod", made, "c", "1", "7"]);
  for (const path of ["/dev/full", made]) {
    try {
      Fd.open(path, OpenFlag.O_WRONLY).close();
      return path;
    } catch (error) {
      // EACCES where the folder is mounted "nodev".
      if (!(error instanceof SysError)) throw error;
    }
  }
  return null;
}

const full = fullDevice();
const openFull = () => CFile.attach(Fd.open(full as string, OpenFlag.O_WRONLY), "w");

test.skipIf(full === null)("a full disk shows at flush and at close (needs /dev/full)", () => {
  const flushed = openFull();
  flushed.write(bytesOf("x"));
  expect(errorOf(() => flushed.flush())).toMatchObject({ op: "flush", code: "ENOSPC" });
  // What could not be written has been dropped, so there is nothing left to fail.
  flushed.close();
  const closed = openFull();
  closed.write(bytesOf("x"));
  expect(errorOf(() => closed.close())).toMatchObject({ op: "close", code: "ENOSPC" });
  // Closed all the same.
  expect(closed.closed).toBe(true);
  expect(() => closed.close()).toThrow(UseAfterClose);
});

test.skipIf(full === null)(
  "a full disk shows in a write that passes the buffer (needs /dev/full)",
  () => {
    const file = openFull();
    expect(errorOf(() => file.write(new Uint8Array(1 << 20)))).toMatchObject({
      op: "write",
      code: "ENOSPC",
      text: "No space left on device",
    });
    file.close();
  },
);

test("every use after close is refused, and so is a second close", () => {
  const file = newFile("closed", "w+");
  file.close();
  expect(file.closed).toBe(true);
  const uses: (() => unknown)[] = [
    () => file.read(new Uint8Array(1)),
    () => file.write(new Uint8Array(1)),
    () => file.seek(0n, 0),
    () => file.tell(),
    () => file.flush(),
    () => file.close(),
  ];
  for (const use of uses) expect(use).toThrow(new UseAfterClose(`${folder}/closed`));
});

test("using closes at the end of its block, and does not mind an early close", () => {
  {
    using file = newFile("disposed", "w");
    file.write(bytesOf("kept"));
  }
  expect(contents("disposed")).toBe("kept");
  {
    using file = newFile("disposed", "w");
    file.close();
  }
});

test("the stream's address shows nowhere", () => {
  using file = newFile("hidden", "w");
  expect(Object.entries(file)).toEqual([["subject", `${folder}/hidden`]]);
});

test("bytes that nobody else holds are written whole while the collector is at work", () => {
  let expected = "";
  {
    using file = newFile("lifetime", "w");
    for (let round = 0; round < 30; round++) {
      const text = `${round},`.repeat(round);
      file.write(bytesOf(text));
      makeGarbage();
      expected += text;
    }
  }
  expect(contents("lifetime")).toBe(expected);
});
