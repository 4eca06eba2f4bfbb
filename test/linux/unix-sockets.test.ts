import { expect, test } from "bun:test";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { accept, connectUnix, listenUnix } from "../../native/socket.ts";
import { FileTree } from "../../src/linux/file-tree.ts";
import { socketUse } from "../../src/linux/unix-sockets.ts";
import { Scratch } from "../process/scratch.ts";

const tree = new FileTree("");

test("tells who listens, who is served and who waits, as the kernel has it", () => {
  using scratch = new Scratch();
  const path = join(scratch.path, "a socket");
  expect(socketUse(tree, path)).toBeNull();
  using listener = listenUnix(path, 2);
  const nobody = { isListenedOn: true, servedCount: 0, waitingCount: 0 };
  expect(socketUse(tree, path)).toEqual(nobody);
  using first = connectUnix(path);
  expect(socketUse(tree, path)).toEqual({ ...nobody, waitingCount: 1 });
  const served = accept(listener);
  using second = connectUnix(path);
  expect(socketUse(tree, path)).toEqual({ ...nobody, servedCount: 1, waitingCount: 1 });
  served?.close();
  first.close();
  second.close();
  expect(socketUse(tree, path)).toEqual({ ...nobody, waitingCount: 1 });
  listener.close();
  expect(existsSync(path)).toBe(true);
  expect(socketUse(tree, path)).toBeNull();
  rmSync(path);
});
