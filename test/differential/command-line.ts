import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Binary } from "./binaries.ts";
import type { DifferenceId } from "./differences.ts";

/** One call of the agent that ends by itself. */
export type Call = {
  readonly name: string;
  readonly args: readonly string[];
  /** Added to an environment that holds nothing but PATH. */
  readonly env?: Readonly<Record<string, string>>;
  /** Files in the current directory; a name that ends in "/" is a folder. */
  readonly files?: Readonly<Record<string, string>>;
  /** Runs the agent through `sh -c` with this before it, for variables like `LISTEN_PID=$$`. */
  readonly shell?: string;
  readonly difference?: DifferenceId;
  /** With a difference: what guestwire gives instead, as far as it differs. */
  readonly ours?: Partial<Outcome>;
};

export type Outcome = {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
};

/** In arguments and outcomes: the folder in which the call runs. */
export const callFolder = "<folder>";

const callMsMax = 10_000;
const commandName = "qemu-ga";

/** Runs calls in one folder, emptied each time, so that paths in messages are the same for all agents. */
export class CallFolder {
  readonly #path = mkdtempSync(join(tmpdir(), "guestwire-call-"));

  run(call: Call, binary: Binary): Outcome {
    rmSync(this.#path, { recursive: true, force: true });
    mkdirSync(this.#path);
    for (const [name, content] of Object.entries(call.files ?? {})) this.#write(name, content);
    const options = {
      cwd: this.#path,
      env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", ...call.env },
      argv0: commandName,
      timeout: callMsMax,
      encoding: "utf8",
    } as const;
    const args = call.args.map((arg) => arg.replaceAll(callFolder, this.#path));
    if (call.shell === undefined) return this.#outcome(spawnSync(binary.path, args, options));
    symlinkSync(binary.path, join(this.#path, commandName));
    const script = `${call.shell} exec ./${commandName} "$@"`;
    return this.#outcome(spawnSync("sh", ["-c", script, "sh", ...args], options));
  }

  #outcome(result: Outcome): Outcome {
    const neutral = (text: string) => text.replaceAll(this.#path, callFolder);
    return {
      status: result.status,
      stdout: neutral(result.stdout).replace(/(QEMU Guest Agent) \d+\.\d+\.\d+/, "$1 <version>"),
      // The time of a log line, and the process id and time of GLib's own lines, change from run to run.
      stderr: neutral(result.stderr)
        .replace(/^\d{10}\.\d{6}: /gm, "<time>: ")
        .replace(/^\n\*\* \(process:\d+\): (\w+) \*\*: [\d:.]+: /gm, "<glib $1>: ")
        .replace(/(qga\.state\.)[A-Z0-9]{6}/g, "$1<random>"),
    };
  }

  remove(): void {
    rmSync(this.#path, { recursive: true, force: true });
  }

  #write(name: string, content: string): void {
    const path = join(this.#path, name);
    if (name.endsWith("/")) {
      mkdirSync(path, { recursive: true });
      return;
    }
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content, "latin1");
  }
}

/**
 * Takes out what differs in every call: the line `allow-rpcs=` that qemu-ga dumps since 8.1 only, and the looks of
 * GLib's own lines, which qemu-ga writes before its log is open: they have a prefix, and a question mark for each
 * character outside ASCII. Calls with a difference show both.
 */
export function comparable(outcome: Outcome): Outcome {
  return {
    status: outcome.status,
    stdout: outcome.stdout.replace(/^allow-rpcs=\n/m, ""),
    stderr: outcome.stderr.replace(/^<glib \w+>: /gm, "").replace(/[^\0-\x7f]/g, "?"),
  };
}
