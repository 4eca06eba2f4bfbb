import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Fd } from "../../native/fd.ts";
import { OpenFlag } from "../../native/structs.ts";
import { type Executable, readExecutable } from "../../src/linux/elf.ts";
import { executable } from "../install/executable.ts";
import { tempFolder } from "../native/temp-folder.ts";

const folder = tempFolder();

function read(path: string): Executable | null {
  using file = Fd.open(path, OpenFlag.O_RDONLY);
  return readExecutable(file);
}

function readBytes(bytes: Uint8Array): Executable | null {
  const path = join(folder, "executable");
  writeFileSync(path, bytes);
  return read(path);
}

test("the runtime of these tests is for this machine, with the loader that ldd names", () => {
  const machine = Bun.spawnSync(["uname", "-m"]).stdout.toString().trim();
  const libraries = Bun.spawnSync(["ldd", process.execPath]).stdout.toString();
  const loader = /^\s*(\/\S*\/ld-\S+) /m.exec(libraries)?.[1] ?? null;
  expect(read(process.execPath)).toEqual({ machine, loader });
});

test("other machines and static executables", () => {
  const loader = "/lib/ld-musl-aarch64.so.1";
  expect(readBytes(executable("aarch64", loader))).toEqual({ machine: "aarch64", loader });
  expect(readBytes(executable("riscv64", null))).toEqual({ machine: "riscv64", loader: null });
  const unknown = executable("x86_64", null);
  unknown[18] = 7;
  expect(readBytes(unknown)?.machine).toBe("machine 7");
});

test("what is none, and what is cut or lies about its sizes", () => {
  expect(readBytes(Buffer.from("#!/bin/sh\n"))).toBeNull();
  expect(readBytes(new Uint8Array(0))).toBeNull();
  const whole = executable("x86_64", "/lib64/ld-linux-x86-64.so.2");
  expect(readBytes(whole.subarray(0, 63))).toBeNull();
  for (const bytes of [64, 100, 130]) {
    expect(readBytes(whole.subarray(0, bytes))).toEqual({ machine: "x86_64", loader: null });
  }
  const far = Buffer.from(whole);
  far.writeBigUInt64LE(2n ** 63n, 32);
  expect(readBytes(far)?.loader).toBeNull();
  const huge = Buffer.from(whole);
  huge.writeBigUInt64LE(2n ** 40n, 64 + 32);
  expect(readBytes(huge)?.loader).toBeNull();
});
