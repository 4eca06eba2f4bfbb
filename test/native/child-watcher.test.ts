import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { ChildWatcher, reapChild } from "../../native/child-watcher.ts";
import { errnoOf, SysError } from "../../native/errno.ts";
import type { ChildStatus } from "../../native/reactor.ts";
import { kill, spawn } from "../../native/spawn.ts";
import { running } from "./running.ts";
import { tempFolder } from "./temp-folder.ts";

const silent = ["null", "null", "null"] as const;

function sh(script: string): number {
  return spawn({ path: "/bin/sh", argv: ["sh", "-c", script], stdio: silent }).pid;
}

/** The descriptors of this process that watch a child; the runtime may have some of its own. */
function pidfdCount(): number {
  const folder = "/proc/self/fd";
  const isPidfd = (name: string) => {
    try {
      return readlinkSync(`${folder}/${name}`).includes("pidfd");
    } catch {
      // The descriptor with which the folder was read is closed by now.
      return false;
    }
  };
  return readdirSync(folder).filter(isPidfd).length;
}

for (const pidfd of [true, false]) {
  describe(pidfd ? "children by pidfd" : "children by SIGCHLD", () => {
    test("exit codes and signals are told, each to its own", async () => {
      const seen: Record<string, ChildStatus> = {};
      await running(
        (reactor) => {
          const children = {
            zero: "exit 0",
            seven: "exit 7",
            high: "exit 255",
            killed: "sleep 60",
          };
          for (const [name, script] of Object.entries(children)) {
            const pid = sh(script);
            reactor.child(pid, (status) => {
              seen[name] = status;
              if (Object.keys(seen).length === 4) reactor.stop();
            });
            if (name === "killed") kill(pid, 15);
          }
        },
        { pidfd },
      );
      expect(seen).toEqual({
        zero: { exitCode: 0, signal: null },
        seven: { exitCode: 7, signal: null },
        high: { exitCode: 255, signal: null },
        killed: { exitCode: null, signal: 15 },
      });
      expect(process.listenerCount("SIGCHLD")).toBe(0);
    });

    test("a child that is kept is told once, and its number stays its own until it is given back", async () => {
      let seen: ChildStatus | undefined;
      let pid = 0;
      await running(
        (reactor) => {
          pid = sh("exit 7");
          reactor.child(
            pid,
            (status) => {
              expect(seen).toBeUndefined();
              seen = status;
              reactor.timer(0, () => reactor.stop());
            },
            "keep",
          );
        },
        { pidfd },
      );
      expect(seen).toEqual({ exitCode: 7, signal: null });
      expect(readFileSync(`/proc/${pid}/stat`, "latin1")).toContain(") Z ");
      reapChild(pid);
      expect(existsSync(`/proc/${pid}`)).toBe(false);
      expect(process.listenerCount("SIGCHLD")).toBe(0);
    });

    test("a child that dumps core counts as killed", async () => {
      let seen: ChildStatus | undefined;
      await running(
        (reactor) => {
          reactor.child(sh("kill -SEGV $$"), (status) => {
            seen = status;
            reactor.stop();
          });
        },
        { pidfd },
      );
      expect(seen).toEqual({ exitCode: null, signal: 11 });
    });

    test("a child that ended before it was watched is told", async () => {
      let seen: ChildStatus | undefined;
      await running(
        (reactor) => {
          const pid = sh("exit 3");
          while (!readFileSync(`/proc/${pid}/stat`, "utf8").includes(") Z ")) Bun.sleepSync(1);
          reactor.child(pid, (status) => {
            seen = status;
            reactor.stop();
          });
        },
        { pidfd },
      );
      expect(seen).toEqual({ exitCode: 3, signal: null });
    });

    test("a child is told once and reaped, and leaves no descriptor", async () => {
      let told = 0;
      await running(
        (reactor) => {
          const before = pidfdCount();
          const pid = sh("exit 0");
          reactor.child(pid, () => {
            told += 1;
            expect(() => kill(pid, 0)).toThrow("ESRCH, No such process");
            expect(pidfdCount()).toBeLessThanOrEqual(before);
            reactor.timer(20, () => reactor.stop());
          });
        },
        { pidfd },
      );
      expect(told).toBe(1);
    });

    test("many children at once are all told", async () => {
      const count = 40;
      const codes: (number | null)[] = [];
      await running(
        (reactor) => {
          for (let index = 0; index < count; index++) {
            reactor.child(sh(`exit ${index}`), ({ exitCode }) => {
              codes.push(exitCode);
              if (codes.length === count) reactor.stop();
            });
          }
        },
        { pidfd },
      );
      codes.sort((one, other) => (one ?? -1) - (other ?? -1));
      expect(codes).toEqual(Array.from({ length: count }, (_, index) => index));
    });

    test("a handler that throws does not keep others from being told", async () => {
      const errors: unknown[] = [];
      let told = 0;
      await running(
        (reactor) => {
          for (let index = 0; index < 3; index++) {
            reactor.child(sh("exit 0"), () => {
              told += 1;
              if (told === 3) reactor.stop();
              throw new Error("handler");
            });
          }
        },
        { pidfd, onError: (error) => errors.push((error as Error).message) },
      );
      expect(errors).toEqual(["handler", "handler", "handler"]);
    });

    test("a process that is not ours to reap is told with neither code nor signal", async () => {
      let seen: ChildStatus | undefined;
      await running(
        (reactor) => {
          const other = Bun.spawn(["sh", "-c", "sleep 0.05"]);
          reactor.hold(other.exited);
          // A grandchild: it is there, it ends, and it is not our child.
          const grandparent = Bun.spawn(["sh", "-c", "sleep 0.1 & echo $!; wait"], {
            stdout: "pipe",
          });
          reactor.hold(
            (async () => {
              const reader = grandparent.stdout.getReader();
              const pid = Number(Buffer.from((await reader.read()).value ?? []).toString());
              reactor.child(pid, (status) => {
                seen = status;
                reactor.stop();
              });
            })(),
          );
          reactor.hold(grandparent.exited);
        },
        { pidfd },
      );
      expect(seen).toEqual({ exitCode: null, signal: null });
    });
  });
}

test("a child is reaped also when no descriptor is left to watch it with", async () => {
  const folder = tempFolder();
  const native = `${import.meta.dirname}/../../native`;
  // A process of its own, because it runs out of descriptors.
  const script = `
    import { Fd } from "${native}/fd.ts";
    import { Reactor } from "${native}/reactor.ts";
    import { spawn } from "${native}/spawn.ts";
    import { SysError } from "${native}/errno.ts";
    const reactor = new Reactor({ onError: (error) => { throw error; } });
    const { pid } = spawn({ path: "/bin/sh", argv: ["sh", "-c", "exit 9"], stdio: ["null", "null", "null"] });
    const all = [];
    try {
      for (;;) all.push(Fd.open("/dev/null", 0));
    } catch (error) {
      if (!(error instanceof SysError) || error.code !== "EMFILE") throw error;
    }
    reactor.child(pid, (status) => {
      for (const fd of all) fd.close();
      console.log(JSON.stringify(status));
      reactor.stop();
    });
    await reactor.run();
  `;
  writeFileSync(`${folder}/out-of-descriptors.ts`, script);
  const shell = 'ulimit -n 200; exec "$0" "$1"';
  const { stdout, stderr } = Bun.spawnSync([
    "sh",
    "-c",
    shell,
    process.execPath,
    `${folder}/out-of-descriptors.ts`,
  ]);
  expect(stderr.toString()).toBe("");
  expect(stdout.toString()).toBe('{"exitCode":9,"signal":null}\n');
});

test("a child is reaped also when the kernel has no room to watch it, and no descriptor is left", async () => {
  let seen: ChildStatus | undefined;
  await running((reactor) => {
    const before = pidfdCount();
    const watcher = new ChildWatcher(
      {
        watch() {
          throw new SysError("watch", errnoOf("ENOSPC"), "a child");
        },
        soon: (run) => reactor.soon(run),
      },
      true,
    );
    watcher.add(sh("exit 4"), (status) => {
      seen = status;
      reactor.stop();
    });
    expect(pidfdCount()).toBe(before);
  });
  expect(seen).toEqual({ exitCode: 4, signal: null });
});

test("by SIGCHLD too a child is reaped only when its end is told, so that its number stays its own until then", async () => {
  let isZombie: boolean | undefined;
  await running((reactor) => {
    const later: (() => void)[] = [];
    const watcher = new ChildWatcher({ watch() {}, soon: (run) => later.push(run) }, false);
    const pid = sh("exit 0");
    const stat = () => readFileSync(`/proc/${pid}/stat`, "utf8");
    watcher.add(pid, () => reactor.stop());
    while (!stat().includes(") Z ")) Bun.sleepSync(1);
    // The signal has been taken, and what it asks to be done has not been done yet.
    reactor.timer(50, () => {
      isZombie = stat().includes(") Z ");
      for (const run of later.splice(0)) run();
      for (const run of later.splice(0)) run();
    });
  });
  expect(isZombie).toBe(true);
});

test("a process that is not there is ESRCH", async () => {
  await running((reactor) => {
    expect(() => reactor.child(0x7fff_fff0, () => {})).toThrow("ESRCH, No such process");
    reactor.stop();
  });
});
