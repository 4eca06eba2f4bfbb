/**
 * A program that becomes a daemon and tells what it has become. Called with what the daemon shall do and the FIFO it
 * writes its facts to.
 */
import { readFileSync, readlinkSync, writeFileSync } from "node:fs";
import type { SysError } from "../../native/errno.ts";
import { unsetEnvironment } from "../../native/process.ts";
import { adoptListener, takeListenCount } from "../../src/agent/activation.ts";
import { DaemonChild } from "../../src/agent/daemon-child.ts";
import { startDaemon } from "../../src/agent/daemonize.ts";

const [, , script, task, fifo] = [process.execPath, "", ...process.argv.slice(1)];

function facts(listenMethod: string | null) {
  const [, session] = /\) \S \d+ \d+ (\d+)/.exec(readFileSync("/proc/self/stat", "utf8")) ?? [];
  return {
    argv: process.argv.slice(2),
    hasOwnSession: Number(session) === process.pid,
    folder: process.cwd(),
    stdio: [0, 1, 2].map((number) => readlinkSync(`/proc/self/fd/${number}`)),
    umask: process.umask(),
    environment: Object.keys(process.env).filter((name) => /LISTEN|GUESTWIRE/.test(name)),
    kept: process.env.KEPT,
    listenMethod,
  };
}

function daemon(child: DaemonChild): void {
  const activation = adoptListener(child.listenCount);
  if (task === "die") process.exit(3);
  if (task === "fail") {
    child.fail("error opening channel\nsecond line", 7);
    process.exit(7);
  }
  writeFileSync(fifo as string, JSON.stringify(readyFacts(child, activation?.method ?? null)));
}

function readyFacts(child: DaemonChild, listenMethod: string | null): object {
  try {
    child.ready();
    return facts(listenMethod);
  } catch (error) {
    return { error: (error as SysError).code };
  }
}

function parent(): void {
  const count = takeListenCount(process.env, process.pid, unsetEnvironment);
  const activation = adoptListener(count);
  const { exitCode, text } = startDaemon({
    path: process.execPath,
    argv: [process.execPath, script as string, task as string, fifo as string],
    environment: process.env,
    listeners: activation === null ? [] : [activation.listener],
  });
  process.stderr.write(text);
  process.exitCode = exitCode;
}

const child = DaemonChild.take(process.env, unsetEnvironment);
if (child === null) parent();
else daemon(child);
