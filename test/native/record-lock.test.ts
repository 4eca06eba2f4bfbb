import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Fd } from "../../native/fd.ts";
import { tryLock, tryLockOpenFile } from "../../native/record-lock.ts";
import { OpenFlag } from "../../native/structs.ts";
import { tempFolder } from "./temp-folder.ts";

const folder = tempFolder();
const child = join(import.meta.dirname, "children/hold-lock.ts");

/** Another process that tries to take the lock and holds it until told to end. */
async function startHolder(path: string) {
  const process = Bun.spawn([globalThis.process.execPath, child, path], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const reader = process.stdout.getReader();
  const said = Buffer.from((await reader.read()).value ?? []).toString();
  const end = async () => {
    process.stdin.end();
    expect(await process.exited).toBe(0);
  };
  return { said, end };
}

test("one process at a time holds the lock, and it goes with the process", async () => {
  const path = `${folder}/pid`;
  writeFileSync(path, "");
  const holder = await startHolder(path);
  expect(holder.said).toBe("locked\n");
  const fd = Fd.open(path, OpenFlag.O_RDWR);
  expect(tryLock(fd)).toBe(false);
  await holder.end();
  expect(tryLock(fd)).toBe(true);
  // Taking it again in the same process is no conflict.
  expect(tryLock(fd)).toBe(true);
  const second = await startHolder(path);
  expect(second.said).toBe("held by another\n");
  await second.end();
  fd.close();
  const third = await startHolder(path);
  expect(third.said).toBe("locked\n");
  await third.end();
});

test("the lock of an open file outlives what else this process does with the file", () => {
  const path = `${folder}/open-file`;
  writeFileSync(path, "");
  using fd = Fd.open(path, OpenFlag.O_RDWR);
  expect(tryLockOpenFile(fd)).toBe(true);
  const other = Fd.open(path, OpenFlag.O_RDWR);
  expect(tryLockOpenFile(other)).toBe(false);
  other.close();
  using third = Fd.open(path, OpenFlag.O_RDWR);
  expect(tryLockOpenFile(third)).toBe(false);
  expect(tryLockOpenFile(fd)).toBe(true);
});

test("the lock is for writing, so a descriptor for reading only is EBADF", () => {
  const path = `${folder}/read-only`;
  writeFileSync(path, "");
  using fd = Fd.open(path, OpenFlag.O_RDONLY);
  expect(() => tryLock(fd)).toThrow(`Cannot lock "${path}": EBADF, Bad file descriptor`);
});
