import { describe, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { AgentProcess } from "./agent-process.ts";
import { type Binary, guestwire, lackOf, qemuGa } from "./binaries.ts";
import { Connection } from "./connection.ts";
import { habits } from "./habits.ts";
import { hasEnded, isAsleep } from "./process-state.ts";

// The life of the process: signals, what it leaves behind, and the daemon. What each agent does stands here in full.

const ping = Buffer.from('{"execute":"guest-ping"}');

async function answers(socketPath: string): Promise<string | undefined> {
  const connection = await Connection.open(socketPath);
  try {
    connection.send(ping);
    return await connection.line();
  } finally {
    connection.close();
  }
}

/** A daemon in a folder of its own, reached through its pid file. */
class Daemon {
  readonly folder = mkdtempSync(join(tmpdir(), "guestwire-daemon-"));
  readonly socketPath = join(this.folder, "socket");
  readonly pidPath = join(this.folder, "pid");
  readonly #binary: Binary;

  constructor(binary: Binary) {
    this.#binary = binary;
    mkdirSync(join(this.folder, "state"));
  }

  /** Calls the agent with `-d`; returns the exit status of the caller's child. */
  start(method: string, path: string): number | null {
    const args = [
      "-d",
      "-m",
      method,
      "-p",
      path,
      "-t",
      join(this.folder, "state"),
      "-f",
      this.pidPath,
    ];
    const options = {
      argv0: "qemu-ga",
      env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" },
      stdio: "ignore",
    } as const;
    return spawnSync(this.#binary.path, args, options).status;
  }

  get pid(): number {
    return Number(readFileSync(this.pidPath, "utf8"));
  }

  #pidIfThere(): number {
    try {
      return this.pid;
    } catch {
      // A daemon that could not start, or that has ended, has taken its pid file away.
      return 0;
    }
  }

  async remove(): Promise<void> {
    const pid = this.#pidIfThere();
    if (pid > 0 && !hasEnded(pid)) {
      process.kill(pid, "SIGKILL");
      await until(() => hasEnded(pid));
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await delay(2);
}

for (const binary of [qemuGa, guestwire]) {
  const habit = habits[binary.name];
  const lack = lackOf(binary);

  describe(`process: ${binary.name}`, () => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) {
      test.skipIf(!binary.present)(`${signal} ends it with status 0${lack}`, async () => {
        const agent = await AgentProcess.start(binary);
        try {
          await answers(agent.socketPath);
          expect(await agent.exitAfter(signal)).toEqual({ status: 0, signal: null });
          expect(existsSync(agent.socketPath)).toBe(habit.socketAfterExit);
        } finally {
          await agent.stop();
        }
      });
    }

    test.skipIf(!binary.present)(`SIGHUP kills it${lack}`, async () => {
      const agent = await AgentProcess.start(binary);
      try {
        await answers(agent.socketPath);
        expect(await agent.exitAfter("SIGHUP")).toEqual({ status: null, signal: "SIGHUP" });
      } finally {
        await agent.stop();
      }
    });

    test.skipIf(!binary.present)(`SIGTERM and SIGINT are ignored while frozen${lack}`, async () => {
      const agent = await AgentProcess.start(binary, {
        prepare: ({ state }) => writeFileSync(join(state, "qga.state.isfrozen"), ""),
      });
      try {
        // The first answer shows that the start is over and the signal handlers are in place.
        expect(await answers(agent.socketPath)).toBe('{"return": {}}');
        await until(() => isAsleep(agent.pid));
        process.kill(agent.pid, "SIGTERM");
        process.kill(agent.pid, "SIGINT");
        // Both signals are pending before the requests are, so an agent that heeded them would not answer twice.
        expect(await answers(agent.socketPath)).toBe('{"return": {}}');
        expect(await answers(agent.socketPath)).toBe('{"return": {}}');
      } finally {
        await agent.stop();
      }
    });

    test.skipIf(!binary.present)(`an old socket file is replaced${lack}`, async () => {
      const agent = await AgentProcess.start(binary, {
        prepare: ({ home }) => leaveSocket(join(home, "socket")),
      });
      try {
        expect(await answers(agent.socketPath)).toBe('{"return": {}}');
      } finally {
        await agent.stop();
      }
    });

    test.skipIf(!binary.present)(
      `the daemon's pid file, session, folder, umask and descriptors${lack}`,
      async () => {
        const daemon = new Daemon(binary);
        try {
          expect(daemon.start("unix-listen", daemon.socketPath)).toBe(0);
          await until(() => existsSync(daemon.socketPath));
          expect(await answers(daemon.socketPath)).toBe('{"return": {}}');
          const proc = `/proc/${daemon.pid}`;
          expect(readFileSync(daemon.pidPath, "utf8")).toMatch(/^\d+\n$/);
          expect(statSync(daemon.pidPath).mode & 0o777).toBe(0o600);
          expect(statSync(daemon.socketPath).mode & 0o777).toBe(0o700);
          expect(readlinkSync(`${proc}/cwd`)).toBe("/");
          for (const fd of [0, 1, 2]) expect(readlinkSync(`${proc}/fd/${fd}`)).toBe("/dev/null");
          const status = readFileSync(`${proc}/status`, "utf8");
          expect(status).toMatch(/^Umask:\t0077$/m);
          expect(status).toMatch(new RegExp(`^NSsid:\t${daemon.pid}$`, "m"));
        } finally {
          await daemon.remove();
        }
      },
    );

    test.skipIf(!binary.present)(`the daemon removes its pid file at SIGTERM${lack}`, async () => {
      const daemon = new Daemon(binary);
      try {
        expect(daemon.start("unix-listen", daemon.socketPath)).toBe(0);
        await until(() => existsSync(daemon.socketPath));
        await answers(daemon.socketPath);
        const { pid } = daemon;
        await until(() => isAsleep(pid));
        process.kill(pid, "SIGTERM");
        await until(() => hasEnded(pid));
        expect(existsSync(daemon.pidPath)).toBe(false);
        expect(existsSync(daemon.socketPath)).toBe(habit.socketAfterExit);
      } finally {
        await daemon.remove();
      }
    });

    test.skipIf(!binary.present)(
      `a second daemon with the same pid file gives up${lack}`,
      async () => {
        const daemon = new Daemon(binary);
        try {
          expect(daemon.start("unix-listen", daemon.socketPath)).toBe(0);
          await until(() => existsSync(daemon.socketPath));
          const { pid } = daemon;
          expect(daemon.start("unix-listen", join(daemon.folder, "second"))).toBe(
            habit.failedDaemonStatus,
          );
          expect(await answers(daemon.socketPath)).toBe('{"return": {}}');
          expect(daemon.pid).toBe(pid);
        } finally {
          await daemon.remove();
        }
      },
    );

    test.skipIf(!binary.present)(
      `a daemon without its channel tells its exit status${lack}`,
      async () => {
        const daemon = new Daemon(binary);
        try {
          expect(daemon.start("virtio-serial", join(daemon.folder, "missing"))).toBe(
            habit.failedDaemonStatus,
          );
        } finally {
          await daemon.remove();
        }
      },
    );
  });
}

/** Leaves a socket file that nobody listens on. */
function leaveSocket(path: string): void {
  const server = Bun.listen({ unix: path, socket: { data() {} } });
  const kept = `${path}.kept`;
  spawnSync("ln", [path, kept]);
  server.stop(true);
  spawnSync("mv", [kept, path]);
  expect(statSync(path).isSocket()).toBe(true);
}
