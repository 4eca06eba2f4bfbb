/**
 * Run by surface.test.ts as a test in a process of its own, in which no file of native/ has been imported yet.
 */

import * as ffi from "bun:ffi";
import { expect, mock, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";

const native = join(import.meta.dirname, "../../../native");

test("importing every file opens no library, and the first call names what was tried", async () => {
  const dlopen = mock((name: string) => {
    throw new Error(`no ${name} here`);
  });
  mock.module("bun:ffi", () => ({ ...ffi, dlopen }));
  for (const name of readdirSync(native)) {
    if (name.endsWith(".ts")) await import(join(native, name));
  }
  expect(dlopen).not.toHaveBeenCalled();
  const { libc } = await import("../../../native/libc.ts");
  const musl = `libc.musl-${process.arch === "arm64" ? "aarch64" : "x86_64"}.so.1`;
  expect(libc).toThrow(
    `Cannot bind libc; tried libc.so.6: no libc.so.6 here; ${musl}: no ${musl} here`,
  );
  expect(dlopen).toHaveBeenCalledTimes(2);
});
