/** What `guestwire` is in the npm package: starts the executable for this machine and passes everything on. */
import { spawn } from "node:child_process";
import { constants } from "node:os";
import { findExecutable } from "./find-executable.ts";

/** As shells have them for what cannot be found or started. */
const exitCode = { notStarted: 126, notFound: 127 } as const;

/** What may be meant for the executable. What else ends a process is not asked first (SIGKILL) or its own doing. */
const passedOn = ["SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM", "SIGUSR1", "SIGUSR2"] as const;

function fail(message: string, code: number): never {
  process.stderr.write(`guestwire: ${message}\n`);
  process.exit(code);
}

function run(executable: string): void {
  const child = spawn(executable, process.argv.slice(2), { stdio: "inherit", argv0: "guestwire" });
  for (const signal of passedOn) process.on(signal, () => child.kill(signal));
  child.on("error", (error) => {
    fail(`cannot start ${executable}: ${error.message}`, exitCode.notStarted);
  });
  child.on("exit", (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    if (signal === "SIGILL") {
      process.stderr.write(
        "guestwire: this processor is too old: x86-64-v2 (Nehalem, 2008) is needed\n",
      );
    }
    // Ends as the executable has, so that whoever waits for this process sees the same.
    for (const each of passedOn) process.removeAllListeners(each);
    process.kill(process.pid, signal);
    // Whatever the signal, this process has to end; shells report a signal so.
    process.exitCode = 128 + constants.signals[signal];
  });
}

const found = findExecutable();
if (typeof found === "string") run(found);
else fail(found.problem, exitCode.notFound);
