import { expect, test } from "bun:test";
import { lstatSync, mkdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { deviceNumbers, fileStatus, fileStatusIfThere } from "../../native/file-status.ts";
import { listenUnix } from "../../native/socket.ts";
import { tempFolder } from "./temp-folder.ts";

const folder = tempFolder();

/** What Node says of a path, in our words. */
function nodeStatus(path: string, stat: typeof statSync | typeof lstatSync = statSync) {
  const { mode, size, uid, gid, nlink, dev, ino, rdev } = stat(path, { bigint: true });
  return {
    mode: Number(mode) & 0o7777,
    size,
    uid: Number(uid),
    gid: Number(gid),
    links: Number(nlink),
    dev,
    ino,
    rdev,
  };
}

test("the status of each kind of file is what Node says it is", () => {
  writeFileSync(`${folder}/file`, "12345", { mode: 0o640 });
  mkdirSync(`${folder}/directory`, { mode: 0o1750 });
  Bun.spawnSync(["mkfifo", `${folder}/fifo`]);
  using socket = listenUnix(`${folder}/socket`, 1);
  expect(socket.closed).toBe(false);
  const paths = {
    file: `${folder}/file`,
    directory: `${folder}/directory`,
    fifo: `${folder}/fifo`,
    socket: `${folder}/socket`,
    char: "/dev/null",
  } as const;
  for (const [type, path] of Object.entries(paths)) {
    expect(fileStatus(path)).toEqual({
      type: type as keyof typeof paths,
      ...nodeStatus(path),
    });
  }
});

test("a link is followed or not, as asked", () => {
  const path = `${folder}/link`;
  symlinkSync("/dev/zero", path);
  expect(fileStatus(path)).toEqual({ type: "char", ...nodeStatus(path) });
  expect(fileStatus(path, "keep")).toEqual({ type: "symlink", ...nodeStatus(path, lstatSync) });
});

const device = `${folder}/device`;
const cannotMake = Bun.spawnSync(["mknod", device, "b", "4095", "1048575"]).exitCode !== 0;

test.skipIf(cannotMake)(
  "large device numbers are put together as makedev(3) does (needs mknod)",
  () => {
    expect(fileStatus(device)).toEqual({ type: "block", ...nodeStatus(device) });
    expect(fileStatus(device).rdev).toBe(0xffff_ffffn);
  },
);

test("what is not there is an error or null, as asked; anything else is an error both ways", () => {
  expect(() => fileStatus(`${folder}/none`)).toThrow(
    `Cannot stat "${folder}/none": ENOENT, No such file or directory`,
  );
  expect(fileStatusIfThere(`${folder}/none`)).toBeNull();
  symlinkSync("nowhere", `${folder}/dangling`);
  expect(fileStatusIfThere(`${folder}/dangling`)).toBeNull();
  expect(fileStatusIfThere(`${folder}/dangling`, "keep")?.type).toBe("symlink");
  expect(fileStatusIfThere("/dev/null")?.type).toBe("char");
  expect(() => fileStatusIfThere("/dev/null/below")).toThrow("ENOTDIR, Not a directory");
});

test("device numbers are taken apart as they were put together", () => {
  const { rdev } = fileStatus("/dev/null");
  expect(deviceNumbers(rdev)).toEqual({ major: 1, minor: 3 });
  // makedev(3) of 0x12345 and 0x6789ab.
  expect(deviceNumbers(0x1_2006_7893_45abn)).toEqual({ major: 0x12345, minor: 0x6789ab });
});
