import { dlopen } from "bun:ffi";
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { constants } from "node:os";
import {
  check,
  checkNode,
  Errno,
  errnoName,
  errnoNow,
  errnoOf,
  errnoText,
  SysError,
} from "../../native/errno.ts";
import { libc } from "../../native/libc.ts";
import { makeGarbage } from "./garbage.ts";

const badNumber = 0x7fff_fff0;

/** Calls in turn that fail with different errnos, so that a stale value does not pass for the right one. */
const failures: readonly (readonly [errno: number, call: () => number])[] = [
  [Errno.EBADF, () => libc().read(badNumber, new Uint8Array(8), 8) as number],
  [Errno.ENOENT, () => libc().open(Buffer.from("/nonexistent/x\0"), 0, 0)],
  [Errno.ENOTDIR, () => libc().open(Buffer.from("/dev/null/x\0"), 0, 0)],
  [errnoOf("EINVAL"), () => libc().epoll_create1(-1)],
];

test("errno is what the call before set, 200,000 times of 200,000", () => {
  const callsMade = 200_000;
  let wrong = 0;
  for (let index = 0; index < callsMade; index++) {
    const [errno, call] = failures[index % failures.length] as (typeof failures)[number];
    if (call() !== -1 || errnoNow() !== errno) wrong += 1;
  }
  expect(wrong).toBe(0);
});

test("errno is what the call before set while the collector runs", () => {
  const seen = new Set<number>();
  for (let index = 0; index < 200; index++) {
    const garbage = Array.from({ length: 1000 }, (_, size) => new Uint8Array(size));
    Bun.gc(index % 2 === 0);
    if (libc().read(badNumber, garbage[99] as Uint8Array, 8) === -1) seen.add(errnoNow());
    makeGarbage();
  }
  expect([...seen]).toEqual([Errno.EBADF]);
});

test("check throws for -1 what the call said, and hands on the rest", () => {
  expect(check("answer", 42, "question")).toBe(42);
  expect(check("answer", 0, "question")).toBe(0);
  const open = () =>
    check("open", libc().open(Buffer.from("/nonexistent/x\0"), 0, 0), "/nonexistent/x");
  expect(open).toThrow('Cannot open "/nonexistent/x": ENOENT, No such file or directory');
});

test("SysError carries op, errno, code, subject and text", () => {
  const error = new SysError("freeze", 16, "/mnt/a");
  expect(error).toMatchObject({
    name: "SysError",
    op: "freeze",
    errno: 16,
    code: "EBUSY",
    subject: "/mnt/a",
    text: "Device or resource busy",
    message: 'Cannot freeze "/mnt/a": EBUSY, Device or resource busy',
  });
});

test("names, numbers and texts of what there is not", () => {
  expect(errnoText(0)).toBe("Success");
  expect(errnoText(41)).toBe("Unknown error 41");
  expect(errnoText(4096)).toBe("Unknown error 4096");
  expect(errnoName(41)).toBe("E41");
  expect(() => errnoOf("ENOSUCH")).toThrow('Cannot find errno: current value is "ENOSUCH"');
});

test("every errno name has the number it has in the runtime", () => {
  const known = Object.entries(constants.errno).filter(([name]) => {
    // Two names for one number: glibc's strerrorname_np knows the first of each pair.
    return !["EWOULDBLOCK", "EOPNOTSUPP", "ENOTSUP"].includes(name);
  });
  expect(known.length).toBeGreaterThan(70);
  for (const [name, number] of known) expect([name, errnoOf(name)]).toEqual([name, number]);
});

const report = process.report.getReport() as { header?: { glibcVersionRuntime?: string } };
const isGlibc = report.header?.glibcVersionRuntime !== undefined;

test.skipIf(!isGlibc)("every text is word for word that of strerror(3) (needs glibc)", () => {
  const { strerror } = dlopen("libc.so.6", {
    strerror: { args: ["i32"], returns: "cstring" },
  }).symbols;
  for (let errno = 0; errno <= 140; errno++) {
    expect([errno, errnoText(errno)]).toEqual([errno, strerror(errno) as string]);
  }
});

test("checkNode gives the failure of a Node function as a SysError, and lets others through", () => {
  const failing = () => checkNode("read", "/nonexistent/x", () => readFileSync("/nonexistent/x"));
  expect(failing).toThrow(new SysError("read", Errno.ENOENT, "/nonexistent/x"));
  const bug = () => {
    throw new TypeError("bug");
  };
  expect(() => checkNode("read", "x", bug)).toThrow(TypeError);
  expect(checkNode("read", "x", () => 5)).toBe(5);
});
