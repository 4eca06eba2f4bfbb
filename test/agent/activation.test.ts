import { describe, expect, test } from "bun:test";
import { errnoOf, SysError } from "../../native/errno.ts";
import { Fd } from "../../native/fd.ts";
import { listenUnix } from "../../native/socket.ts";
import { pipe, spawn } from "../../native/spawn.ts";
import { OpenFlag } from "../../native/structs.ts";
import { ActivationError, adoptListener, takeListenCount } from "../../src/agent/activation.ts";
import { lackOf, qemuGa } from "../differential/binaries.ts";
import { Scratch } from "./scratch.ts";

const pid = 4711;

function count(LISTEN_PID: string | undefined, LISTEN_FDS: string | undefined): number {
  return takeListenCount({ LISTEN_PID, LISTEN_FDS }, pid, () => {});
}

describe("takeListenCount", () => {
  test.each<[string | undefined, string | undefined, number]>([
    ["4711", "1", 1],
    ["4711", "2", 2],
    [" +4711", "\t01", 1],
    ["4711", "0", 0],
    ["4711", "-1", 0],
    ["4711", "1x", 0],
    ["4711", "0x1", 0],
    ["4711", "", 0],
    ["4711", "99999999999", 0],
    ["4711", undefined, 0],
    ["4712", "1", 0],
    ["", "1", 0],
    [undefined, "1", 0],
  ])("with LISTEN_PID %p and LISTEN_FDS %p is %p", (listenPid, listenFds, expected) => {
    expect(count(listenPid, listenFds)).toBe(expected);
  });

  test("has all variables taken out, whatever they say", () => {
    for (const listenPid of ["4711", "1"]) {
      const removed: string[] = [];
      takeListenCount({ LISTEN_PID: listenPid, LISTEN_FDS: "1" }, pid, (name) =>
        removed.push(name),
      );
      expect(removed).toEqual(["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"]);
    }
  });
});

describe("adoptListener", () => {
  test("takes a unix socket over as it is", () => {
    using scratch = new Scratch();
    using listener = listenUnix(scratch.file("socket"), 1);
    const numbers: number[] = [];
    const adopt = (number: number) => {
      numbers.push(number);
      return listener;
    };
    expect(adoptListener(1, adopt)).toEqual({ listener, method: "unix-listen" });
    expect(numbers).toEqual([3]);
  });

  test("has nothing to do when nothing was passed", () => {
    expect(adoptListener(0)).toBeNull();
  });

  test("refuses what is no socket", () => {
    using nothing = Fd.open("/dev/null", OpenFlag.O_RDONLY);
    expect(() => adoptListener(1, () => nothing)).toThrow(
      new ActivationError("unsupported listen fd type"),
    );
  });

  test("refuses more than one", () => {
    using nothing = Fd.open("/dev/null", OpenFlag.O_RDONLY);
    expect(() => adoptListener(2, () => nothing)).toThrow(
      new ActivationError("qemu-ga only supports listening on one socket"),
    );
  });

  test("names the descriptor that is not there, and asks for no more", () => {
    using nothing = Fd.open("/dev/null", OpenFlag.O_RDONLY);
    const adopt = (number: number) => {
      if (number === 3) return nothing;
      throw new SysError("adopt", errnoOf("EBADF"), "passed socket");
    };
    expect(() => adoptListener(4_000_000_000, adopt)).toThrow(
      new ActivationError(
        "Socket activation failed: invalid file descriptor fd = 4: Bad file descriptor",
      ),
    );
  });
});

describe.skipIf(!qemuGa.present)(`socket activation beside qemu-ga${lackOf(qemuGa)}`, () => {
  /** What qemu-ga says to descriptors that are passed to it, besides what GLib puts before it. */
  async function qemuGaOn(listenFds: string, passed: readonly Fd[]): Promise<string> {
    const [reading, writing] = pipe();
    {
      using output = writing;
      spawn({
        path: "/bin/sh",
        argv: ["sh", "-c", `export LISTEN_PID=$$ LISTEN_FDS=${listenFds}; exec ${qemuGa.path} -D`],
        stdio: ["null", output, output],
        passFds: passed.map((fd, index) => [fd, 3 + index] as const),
      });
    }
    using output = reading;
    const buffer = Buffer.alloc(64 * 1024);
    let length = 0;
    for (;;) {
      const got = output.tryRead(buffer.subarray(length));
      if (got === 0) return buffer.toString("utf8", 0, length);
      length += got;
    }
  }

  test("says the same to what is passed", async () => {
    using scratch = new Scratch();
    using listener = listenUnix(scratch.file("socket"), 1);
    using nothing = Fd.open("/dev/null", OpenFlag.O_RDONLY);
    const cases: readonly (readonly [string, readonly Fd[]])[] = [
      ["1", [listener]],
      ["1", [nothing]],
      ["2", [listener, listener]],
      ["2", [listener]],
      ["1", []],
      ["0", [listener]],
      ["1x", [listener]],
    ];
    for (const [listenFds, passed] of cases) {
      expect(await qemuGaOn(listenFds, passed)).toContain(ours(listenFds, passed));
    }
  });

  function ours(listenFds: string, passed: readonly Fd[]): string {
    const adopt = (number: number) => {
      const fd = passed[number - 3];
      if (fd === undefined) throw new SysError("adopt", errnoOf("EBADF"), "passed socket");
      return fd;
    };
    try {
      const activation = adoptListener(count(String(pid), listenFds), adopt);
      return `method=${activation?.method ?? "virtio-serial"}\n`;
    } catch (error) {
      if (!(error instanceof ActivationError)) throw error;
      return `${error.message}\n`;
    }
  }
});
