import type { ChildProcess } from "node:child_process";
import { AbsentError, DeadlineError } from "../errors.ts";
import type { Target } from "./target.ts";

export type SshTarget = Extract<Target, { kind: "ssh" }>;

/** Of what ssh complains; more of it is dropped. */
const complaintCharsMax = 16 * 1024;

const lookAgainMs = 10;

/** How long what ssh has said of a connection may take to be read once that is closed. */
const wordsMsMax = 100;

/**
 * Runs ssh, and ends it and removes the folder when standard input is at its end: so neither outlives this process,
 * however that dies. Is called with the folder and ssh's command line. A first SIGTERM may be lost: ssh notes it, and then
 * may wait for its next event all the same.
 */
const keeper = `
exec 3<&0
"$@" </dev/null 3<&- &
ssh=$!
{
  read -r _ <&3
  for signal in TERM TERM TERM TERM KILL; do
    kill -$signal "$ssh" || break
    sleep 0.2
  done
} 2>/dev/null &
watch=$!
exec 3<&-
wait "$ssh"
code=$?
kill "$watch" 2>/dev/null
rm -rf -- "$0"
exit "$code"`;

/**
 * A socket here that leads to one on another host, by OpenSSH's own forwarding: nothing has to be there but sshd, and no
 * shell is asked there. Nobody else gets into its folder.
 */
export class SshTunnel {
  readonly socket: string;
  readonly #folder: string;
  readonly #child: ChildProcess;
  #said = "";
  #hasEnded = false;

  private constructor(target: SshTarget) {
    // Not imported for the sake of the agent's start, see LineStream.connect.
    const { spawn } = process.getBuiltinModule("node:child_process");
    const { mkdtempSync } = process.getBuiltinModule("node:fs");
    const { tmpdir } = process.getBuiltinModule("node:os");
    const { join } = process.getBuiltinModule("node:path");
    this.#folder = mkdtempSync(join(tmpdir(), "guestwire-tunnel-"));
    this.socket = join(this.#folder, "s");
    const command = sshCommand(target, this.socket);
    this.#child = spawn("/bin/sh", ["-c", keeper, this.#folder, ...command], {
      stdio: ["pipe", "ignore", "pipe"],
      // A Ctrl-C on the terminal is for us: the program at the other end is told of it through here.
      detached: true,
    });
    this.#child.stderr?.on("data", (chunk: Buffer) => {
      if (this.#said.length < complaintCharsMax) this.#said += chunk.toString();
    });
    const ended = () => {
      this.#hasEnded = true;
    };
    this.#child.on("close", ended);
    this.#child.on("error", (error) => {
      this.#said += error.message;
      ended();
    });
    // It has ended before it was told to.
    this.#child.stdin?.on("error", ended);
  }

  /** Settles when the socket is there. @throws AbsentError in ssh's words; DeadlineError */
  static async open(target: SshTarget, deadline: AbortSignal): Promise<SshTunnel> {
    const { existsSync } = process.getBuiltinModule("node:fs");
    const tunnel = new SshTunnel(target);
    while (!existsSync(tunnel.socket)) {
      if (tunnel.#hasEnded || deadline.aborted) {
        tunnel.close();
        if (deadline.aborted) throw new DeadlineError(`ssh to ${target.host} took too long`);
        throw new AbsentError(`ssh: ${tunnel.#words ?? "failed without a word"}`);
      }
      await new Promise((resolve) => setTimeout(resolve, lookAgainMs));
    }
    return tunnel;
  }

  /** What ssh has said of what went wrong; null when it said nothing. */
  async complaint(): Promise<string | null> {
    const endMs = performance.now() + wordsMsMax;
    while (this.#words === null && performance.now() < endMs) {
      await new Promise((resolve) => setTimeout(resolve, lookAgainMs));
    }
    return this.#words;
  }

  close(): void {
    const { rmSync } = process.getBuiltinModule("node:fs");
    this.#child.stdin?.destroy();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  get #words(): string | null {
    const lines = this.#said.split(/[\r\n]+/).map((line) => line.trim());
    // Such as that a host's key is known from now on.
    const told = lines.filter((line) => line !== "" && !/^(?:\*\*|Warning:)/.test(line));
    return told.length === 0 ? null : told.map((line) => line.replace(/^ssh: /, "")).join(": ");
  }
}

function sshCommand({ user, host, port, path }: SshTarget, socket: string): string[] {
  return [
    ...["ssh", "-N", "-T", "-a", "-x"],
    // A connection that is shared would outlive us, and the tunnel with it.
    ...["-o", "ControlMaster=no", "-o", "ControlPath=none"],
    ...["-o", "BatchMode=yes", "-o", "ExitOnForwardFailure=yes"],
    ...["-o", "PermitLocalCommand=no", "-o", "StreamLocalBindMask=0177"],
    ...(user === null ? [] : ["-l", user]),
    ...(port === null ? [] : ["-p", String(port)]),
    ...["-L", `${socket}:${path}`, "--", host],
  ];
}
