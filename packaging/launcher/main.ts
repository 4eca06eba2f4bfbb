/** What `guestwire` is in the npm package: starts the executable for this machine and passes everything on. */
import { spawn } from "node:child_process";
import { constants } from "node:os";
import { findExecutable } from "./find-executable.ts";
import { isInForeground } from "./foreground.ts";

/** As shells have them for what cannot be found or started. */
const exitCode = { notStarted: 126, notFound: 127 } as const;

/** Shells report an end by a signal as this and its number. */
const signalBase = 128;

/** What may be meant for the executable; what else ends a process cannot be caught, or is its own doing. */
const passedOn = ["SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM", "SIGUSR1", "SIGUSR2"] as const;

/** Those of them that a terminal sends to everything in its foreground. Twice, they say that one is in a hurry. */
const fromTerminal: readonly string[] = ["SIGHUP", "SIGINT", "SIGQUIT"];

function fail(message: string, code: number): never {
  process.stderr.write(`guestwire: ${message}\n`);
  process.exit(code);
}

function run(executable: string): void {
  const child = spawn(executable, process.argv.slice(2), { stdio: "inherit", argv0: "guestwire" });
  for (const signal of passedOn) {
    process.on(signal, () => {
      if (!fromTerminal.includes(signal) || !isInForeground()) child.kill(signal);
    });
  }
  child.on("error", (error) => {
    fail(`cannot start ${executable}: ${error.message}`, exitCode.notStarted);
  });
  child.on("exit", (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    endBy(signal);
  });
}

/** Ends this process as the executable has ended, so that whoever waits for it sees the same. */
function endBy(signal: NodeJS.Signals): void {
  if (signal === "SIGILL") {
    process.stderr.write(
      "guestwire: this processor is too old: x86-64-v2 (Nehalem, 2008) is needed\n",
    );
  }
  for (const each of passedOn) process.removeAllListeners(each);
  process.exitCode = signalBase + constants.signals[signal];
  process.kill(process.pid, signal);
}

const found = findExecutable();
if (typeof found === "string") run(found);
else fail(found.problem, exitCode.notFound);
