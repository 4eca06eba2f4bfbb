import { expect, test } from "bun:test";
import { readFileSync, statSync } from "node:fs";
import { SysError } from "../../native/errno.ts";
import { Fd, WOULD_BLOCK } from "../../native/fd.ts";
import { rawFd } from "../../native/raw-fd.ts";
import { EPOLLIN, poll } from "../../native/reactor.ts";
import {
  accept,
  connectUnix,
  isListening,
  listenUnix,
  peerPid,
  shutdownWrite,
  socketFamily,
  socketPair,
} from "../../native/socket.ts";
import { pipe } from "../../native/spawn.ts";
import { OpenFlag } from "../../native/structs.ts";
import { tempFolder } from "./temp-folder.ts";

const folder = tempFolder();
const waitMsMax = 5000;
const bytesOf = (text: string) => new TextEncoder().encode(text);

function readText(fd: Fd): string {
  const into = new Uint8Array(64);
  expect(poll(fd, EPOLLIN, waitMsMax)).not.toBe(0);
  return Buffer.from(into.subarray(0, fd.tryRead(into))).toString();
}

function expectNonblockingAndCloseOnExec(fd: Fd): void {
  const info = readFileSync(`/proc/self/fdinfo/${rawFd(fd)}`, "utf8");
  const flags = Number.parseInt(/^flags:\s+([0-7]+)$/m.exec(info)?.[1] as string, 8);
  const wanted = OpenFlag.O_CLOEXEC | OpenFlag.O_NONBLOCK;
  expect(flags & wanted).toBe(wanted);
}

test("a unix socket listens, accepts and carries bytes both ways", () => {
  const path = `${folder}/talk`;
  using listener = listenUnix(path, 1);
  expect(statSync(path).isSocket()).toBe(true);
  expect(accept(listener)).toBeNull();
  using client = connectUnix(path);
  using server = accept(listener) as Fd;
  for (const fd of [listener, client, server]) expectNonblockingAndCloseOnExec(fd);
  client.tryWrite(bytesOf("ping"));
  expect(readText(server)).toBe("ping");
  server.tryWrite(bytesOf("pong"));
  expect(readText(client)).toBe("pong");
  expect(client.tryRead(new Uint8Array(8))).toBe(WOULD_BLOCK);
});

test("a path is bound as it is spelled, U+0000 included", () => {
  const path = `${folder}/nul\0é`;
  using listener = listenUnix(path, 1);
  using client = connectUnix(path);
  expect(listener.subject).toBe(`unix socket ${path}`);
  expect(client.closed).toBe(false);
});

test("a path in use is EADDRINUSE, one without a listener ECONNREFUSED, none ENOENT", () => {
  const path = `${folder}/used`;
  const listener = listenUnix(path, 1);
  expect(() => listenUnix(path, 1)).toThrow(
    `Cannot bind "unix socket ${path}": EADDRINUSE, Address already in use`,
  );
  listener.close();
  expect(() => connectUnix(path)).toThrow("ECONNREFUSED, Connection refused");
  expect(() => connectUnix(`${folder}/none`)).toThrow("ENOENT, No such file or directory");
});

test("107 bytes of path are accepted, and 108 are ENAMETOOLONG", () => {
  const longest = `${folder}/`.padEnd(107, "x");
  using listener = listenUnix(longest, 1);
  using client = connectUnix(longest);
  expect([listener.closed, client.closed]).toEqual([false, false]);
  expect(() => listenUnix(`${longest}y`, 1)).toThrow(
    `Cannot bind "unix socket ${longest}y": ENAMETOOLONG, File name too long`,
  );
  expect(() => connectUnix(`${longest}y`)).toThrow("Cannot connect to");
});

test("connecting never waits: a full backlog is EAGAIN", () => {
  const path = `${folder}/full`;
  using listener = listenUnix(path, 0);
  const clients: Fd[] = [];
  let code = "";
  while (code === "" && clients.length < 100) {
    try {
      clients.push(connectUnix(path));
    } catch (error) {
      code = (error as SysError).code;
    }
  }
  expect(code).toBe("EAGAIN");
  expect(isListening(listener)).toBe(true);
  for (const client of clients) client.close();
});

test("failed calls leave no descriptor behind", () => {
  const lowestFree = () => {
    const fd = Fd.open("/dev/null", OpenFlag.O_RDONLY);
    const number = rawFd(fd);
    fd.close();
    return number;
  };
  const before = lowestFree();
  expect(() => connectUnix(`${folder}/none`)).toThrow(SysError);
  expect(() => listenUnix(`${folder}/none/deeper`, 1)).toThrow(SysError);
  expect(() => listenUnix(`${folder}/`.padEnd(200, "x"), 1)).toThrow(SysError);
  expect(lowestFree()).toBe(before);
});

test("accepting on what does not listen is a SysError", () => {
  const [one, other] = socketPair();
  expect(() => accept(one)).toThrow("EINVAL, Invalid argument");
  one.close();
  other.close();
});

test("the family and whether it listens can be asked of any descriptor", () => {
  using listener = listenUnix(`${folder}/asked`, 1);
  const [one, other] = socketPair();
  const [reading, writing] = pipe();
  const told = [listener, one, reading].map((fd) => [socketFamily(fd), isListening(fd)]);
  expect(told).toEqual([
    ["unix", true],
    ["unix", false],
    ["other", false],
  ]);
  for (const fd of [one, other, reading, writing]) fd.close();
  expect(() => socketFamily(one)).toThrow("closed already");
});

test("after shutdownWrite the peer reads the end and can still send", () => {
  const [one, other] = socketPair();
  one.tryWrite(bytesOf("last"));
  shutdownWrite(one);
  expect(readText(other)).toBe("last");
  expect(readText(other)).toBe("");
  other.tryWrite(bytesOf("answer"));
  expect(readText(one)).toBe("answer");
  expect(() => one.tryWrite(bytesOf("x"))).toThrow("EPIPE, Broken pipe");
  one.close();
  other.close();
});

test("the peer of a unix socket is who listens", () => {
  const path = `${folder}/peer`;
  using _listener = listenUnix(path, 1);
  using client = connectUnix(path);
  expect(peerPid(client)).toBe(process.pid);
  expect(() => peerPid(Fd.open("/dev/null", OpenFlag.O_RDONLY))).toThrow("ENOTSOCK");
});
