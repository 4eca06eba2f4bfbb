import { expect, test } from "bun:test";
import { closeSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { inspect } from "node:util";
import { Errno, SysError } from "../../native/errno.ts";
import { Fd, WOULD_BLOCK } from "../../native/fd.ts";
import { libc } from "../../native/libc.ts";
import { rawFd, releaseFd } from "../../native/raw-fd.ts";
import { socketPair } from "../../native/socket.ts";
import { pipe } from "../../native/spawn.ts";
import { Fcntl, OpenFlag } from "../../native/structs.ts";
import { UseAfterClose } from "../../native/use-after-close.ts";
import { makeGarbage } from "./garbage.ts";
import { tempFolder } from "./temp-folder.ts";

const folder = tempFolder();
const readWrite = OpenFlag.O_RDWR | OpenFlag.O_CREAT | OpenFlag.O_TRUNC;
const bytesOf = (text: string) => new TextEncoder().encode(text);

function isCloseOnExec(number: number): boolean {
  const flags = /^flags:\s+([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${number}`, "utf8"));
  return (Number.parseInt(flags?.[1] as string, 8) & OpenFlag.O_CLOEXEC) !== 0;
}

function thrownBy(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  return "nothing";
}

test("open makes a file with a mode, close-on-exec, and reads and writes it", () => {
  const path = `${folder}/plain`;
  using fd = Fd.open(path, readWrite, 0o640);
  expect(isCloseOnExec(rawFd(fd))).toBe(true);
  expect(fd.subject).toBe(path);
  expect(fd.tryWrite(bytesOf("hello world"))).toBe(11);
  expect(readFileSync(path, "utf8")).toBe("hello world");
  using again = Fd.open(path, OpenFlag.O_RDONLY);
  const into = new Uint8Array(16);
  expect(again.tryRead(into)).toBe(11);
  expect(Buffer.from(into.subarray(0, 11)).toString()).toBe("hello world");
  expect(again.tryRead(into)).toBe(0);
});

test("open says what it could not open", () => {
  expect(() => Fd.open("/nonexistent/x", OpenFlag.O_RDONLY)).toThrow(
    'Cannot open "/nonexistent/x": ENOENT, No such file or directory',
  );
  expect(thrownBy(() => Fd.open(folder, OpenFlag.O_WRONLY))).toMatchObject({ code: "EISDIR" });
});

test("adopt takes an inherited number over and marks it close-on-exec", () => {
  const [reading, writing] = pipe();
  const number = releaseFd(reading);
  libc().fcntl(number, Fcntl.F_SETFD, 0);
  expect(isCloseOnExec(number)).toBe(false);
  using adopted = Fd.adopt(number, "inherited");
  expect(isCloseOnExec(number)).toBe(true);
  writing.tryWrite(bytesOf("x"));
  expect(adopted.tryRead(new Uint8Array(4))).toBe(1);
  writing.close();
});

test("adopt refuses a number that is not open", () => {
  const number = openSync("/dev/null", "r");
  closeSync(number);
  expect(() => Fd.adopt(number, "fd = 3")).toThrow(
    'Cannot adopt "fd = 3": EBADF, Bad file descriptor',
  );
});

test("a part of a buffer is read into and written from where it lies", () => {
  const [reading, writing] = pipe();
  writing.tryWrite(bytesOf("0123456789").subarray(3, 7));
  const into = new Uint8Array(10).fill(0x2e);
  expect(reading.tryRead(into.subarray(2, 8))).toBe(4);
  expect(Buffer.from(into).toString()).toBe("..3456....");
  reading.close();
  writing.close();
});

test("WOULD_BLOCK stands for EAGAIN, when reading and when writing", () => {
  const [one, other] = socketPair();
  expect(one.tryRead(new Uint8Array(4))).toBe(WOULD_BLOCK);
  const block = new Uint8Array(1 << 16);
  let written = 0;
  for (let count = 0; count !== WOULD_BLOCK; count = one.tryWrite(block)) written += count;
  expect(written).toBeGreaterThan(0);
  one.close();
  other.close();
});

test("setNonblocking turns waiting into WOULD_BLOCK and back", () => {
  const [reading, writing] = pipe();
  const flags = () => readFileSync(`/proc/self/fdinfo/${rawFd(reading)}`, "utf8");
  reading.setNonblocking(true);
  expect(reading.tryRead(new Uint8Array(4))).toBe(WOULD_BLOCK);
  expect(flags()).toContain("02004000");
  reading.setNonblocking(false);
  expect(flags()).toContain("02000000");
  reading.close();
  writing.close();
});

test("a peer that is gone is EPIPE and no signal", () => {
  const [reading, writing] = pipe();
  reading.close();
  const error = thrownBy(() => writing.tryWrite(bytesOf("x")));
  expect(error).toBeInstanceOf(SysError);
  expect(error).toMatchObject({ op: "write", code: "EPIPE", subject: writing.subject });
  writing.close();
});

test("reading into no bytes is refused, because it would look like the end of the file", () => {
  using fd = Fd.open("/dev/zero", OpenFlag.O_RDONLY);
  expect(() => fd.tryRead(new Uint8Array(0))).toThrow('Cannot read "/dev/zero" into 0 bytes');
  expect(() => fd.readAt(new Uint8Array(0), 0)).toThrow('Cannot read "/dev/zero" into 0 bytes');
});

test("reading a directory and writing what is open for reading are SysErrors", () => {
  using directory = Fd.open(folder, OpenFlag.O_RDONLY | OpenFlag.O_DIRECTORY);
  expect(() => directory.tryRead(new Uint8Array(4))).toThrow("EISDIR, Is a directory");
  using source = Fd.open("/dev/zero", OpenFlag.O_RDONLY);
  expect(() => source.tryWrite(bytesOf("x"))).toThrow("EBADF, Bad file descriptor");
});

test("writeAll writes all, and does not try for ever where nothing more is taken", () => {
  const [one, other] = socketPair();
  one.writeAll(bytesOf("hello"));
  const into = new Uint8Array(8);
  expect(other.tryRead(into)).toBe(5);
  const error = thrownBy(() => one.writeAll(new Uint8Array(16 * 1024 * 1024)));
  expect(error).toMatchObject({ op: "write", code: "EAGAIN", subject: one.subject });
  one.close();
  other.close();
});

test("readAllAt reads up to the end of the file and no further", () => {
  const path = `${folder}/whole`;
  writeFileSync(path, "0123456789");
  using fd = Fd.open(path, OpenFlag.O_RDONLY);
  const into = new Uint8Array(8);
  expect(fd.readAllAt(into, 1n)).toBe(8);
  expect(Buffer.from(into).toString()).toBe("12345678");
  expect(fd.readAllAt(into, 6n)).toBe(4);
  expect(Buffer.from(into).toString()).toBe("67895678");
  expect(fd.readAllAt(into, 10n)).toBe(0);
});

test("readAt and writeAt leave the position where it is", () => {
  using fd = Fd.open(`${folder}/at`, readWrite, 0o600);
  fd.tryWrite(bytesOf("0123456789"));
  expect(fd.writeAt(bytesOf("XY"), 4)).toBe(2);
  const into = new Uint8Array(4);
  expect(fd.readAt(into, 3n)).toBe(4);
  expect(Buffer.from(into).toString()).toBe("3XY6");
  expect(fd.readAt(into, 100)).toBe(0);
  fd.tryWrite(bytesOf("!"));
  expect(readFileSync(fd.subject, "utf8")).toBe("0123XY6789!");
});

test("stat tells type, mode, size and owner", () => {
  const path = `${folder}/stat`;
  using fd = Fd.open(path, readWrite, 0o600);
  fd.tryWrite(bytesOf("12345"));
  fd.chmod(0o4755);
  expect(fd.stat()).toMatchObject({
    type: "file",
    mode: 0o4755,
    size: 5n,
    uid: process.getuid?.() as number,
    gid: process.getgid?.() as number,
    rdev: 0n,
  });
  using directory = Fd.open(folder, OpenFlag.O_RDONLY);
  expect(directory.stat().type).toBe("directory");
  using device = Fd.open("/dev/null", OpenFlag.O_RDONLY);
  expect(device.stat()).toMatchObject({ type: "char", rdev: 0x103n });
  const [reading, writing] = pipe();
  expect(reading.stat().type).toBe("fifo");
  reading.close();
  writing.close();
  const [one, other] = socketPair();
  expect(one.stat().type).toBe("socket");
  one.close();
  other.close();
});

test("truncate and fsync", () => {
  using fd = Fd.open(`${folder}/truncate`, readWrite, 0o600);
  fd.tryWrite(bytesOf("0123456789"));
  fd.truncate(4);
  fd.fsync();
  expect(readFileSync(fd.subject, "utf8")).toBe("0123");
  using device = Fd.open("/dev/null", OpenFlag.O_RDWR);
  expect(() => device.truncate(4)).toThrow("EINVAL, Invalid argument");
});

test("close gives the number back and cannot be repeated", () => {
  const fd = Fd.open("/dev/null", OpenFlag.O_RDONLY);
  const number = rawFd(fd);
  expect(fd.closed).toBe(false);
  fd.close();
  expect(fd.closed).toBe(true);
  expect(() => Fd.adopt(number, "freed")).toThrow("EBADF");
  expect(() => fd.close()).toThrow(new UseAfterClose("/dev/null"));
});

test("a second close does not close what has the number by now", () => {
  const fd = Fd.open("/dev/null", OpenFlag.O_RDONLY);
  const number = rawFd(fd);
  fd.close();
  using successor = Fd.open("/dev/zero", OpenFlag.O_RDONLY);
  expect(rawFd(successor)).toBe(number);
  expect(() => fd.close()).toThrow(UseAfterClose);
  expect(successor.tryRead(new Uint8Array(1))).toBe(1);
});

test("every use after close is refused", () => {
  const fd = Fd.open("/dev/null", OpenFlag.O_RDWR);
  fd.close();
  const uses: (() => unknown)[] = [
    () => fd.tryRead(new Uint8Array(1)),
    () => fd.tryWrite(new Uint8Array(1)),
    () => fd.readAt(new Uint8Array(1), 0),
    () => fd.writeAt(new Uint8Array(1), 0),
    () => fd.setNonblocking(true),
    () => fd.fsync(),
    () => fd.chmod(0o600),
    () => fd.truncate(0),
    () => fd.stat(),
    () => rawFd(fd),
    () => releaseFd(fd),
  ];
  for (const use of uses) expect(use).toThrow(new UseAfterClose("/dev/null"));
});

test("using closes at the end of its block, and does not mind an early close", () => {
  let kept: Fd;
  {
    using fd = Fd.open("/dev/null", OpenFlag.O_RDONLY);
    kept = fd;
  }
  expect(kept.closed).toBe(true);
  {
    using fd = Fd.open("/dev/null", OpenFlag.O_RDONLY);
    fd.close();
  }
});

test("a close that reports an error has closed all the same", () => {
  const fd = Fd.open("/dev/null", OpenFlag.O_RDONLY);
  // Pulled away from under it, which is what close(2) then complains about.
  closeSync(rawFd(fd));
  expect(thrownBy(() => fd.close())).toMatchObject({ op: "close", errno: Errno.EBADF });
  expect(fd.closed).toBe(true);
});

test("the number shows nowhere", () => {
  using fd = Fd.open("/dev/null", OpenFlag.O_RDONLY);
  expect(Object.entries(fd)).toEqual([["subject", "/dev/null"]]);
  expect(JSON.stringify(fd)).toBe('{"subject":"/dev/null"}');
  expect(inspect(fd, { showHidden: true, depth: 9 })).not.toContain(String(rawFd(fd)));
});

test("buffers that nobody else holds stay good through a collection", () => {
  const path = `${folder}/lifetime`;
  using fd = Fd.open(path, readWrite, 0o600);
  for (let round = 0; round < 20; round++) {
    const text = `${round}`.repeat(round * 40);
    fd.truncate(0);
    // Both buffers are temporaries: one that a freed one's memory went into would show here.
    expect(fd.writeAt(bytesOf(`<${text}>`), 0)).toBe(text.length + 2);
    makeGarbage();
    expect(readFileSync(path, "utf8")).toBe(`<${text}>`);
    const into = new Uint8Array(text.length + 2);
    expect(fd.readAt(into, 0)).toBe(into.length);
    makeGarbage();
    expect(Buffer.from(into).toString()).toBe(`<${text}>`);
  }
});

test("a path that nobody else holds reaches open whole while the collector is at work", () => {
  for (let round = 0; round < 20; round++) {
    const path = `${folder}/${"p".repeat(round * 10 + 1)}`;
    writeFileSync(path, String(round));
    makeGarbage();
    using fd = Fd.open(path, OpenFlag.O_RDONLY);
    const into = new Uint8Array(4);
    expect(Buffer.from(into.subarray(0, fd.tryRead(into))).toString()).toBe(String(round));
  }
});
