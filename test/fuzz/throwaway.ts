import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, realpathSync } from "node:fs";
import { basename } from "node:path";
import type { Binary } from "../differential/binaries.ts";
import { connect, Program } from "../process/agent.ts";
import type { Client } from "../process/client.ts";
import { parentOf, until } from "../process/proc.ts";
import { Scratch } from "../process/scratch.ts";

/** What would end the agent or the fuzzing, or changes a machine in ways that no namespace holds back. */
export const blockedOutsideGuest = [
  ...["guest-shutdown", "guest-suspend-disk", "guest-suspend-ram", "guest-suspend-hybrid"],
  ...["guest-set-time", "guest-set-vcpus", "guest-set-memory-blocks", "guest-set-user-password"],
  ...["guest-fsfreeze-freeze", "guest-fsfreeze-freeze-list", "guest-fsfreeze-thaw", "guest-fstrim"],
  ...["guest-ssh-get-authorized-keys", "guest-ssh-add-authorized-keys"],
  "guest-ssh-remove-authorized-keys",
] as const;

/**
 * A root of its own for $2 and what follows, in namespaces of its own: of this machine it has what programs need,
 * read-only; a small /tmp; and in /run/agent the folder $0. The program $1 is there as well, alone: other file systems may be mounted
 * in its folder, which a namespace of a user's cannot leave out. Whoever is left
 * without a parent gets the shell's, and all end with it.
 */
const enter = `
set -e
mount --make-rprivate /
mount -t tmpfs -o size=16m none /mnt
cd /mnt
mkdir dev etc proc run run/agent sys tmp usr var program
mount --bind "$0" run/agent
mount --rbind /usr usr
mount -o remount,bind,ro usr
for link in bin sbin lib lib64; do [ -L "/$link" ] && cp -a "/$link" . || { mkdir -p "$link"; mount --bind "/$link" "$link"; }; done
touch "program/$(basename "$1")"
mount --bind "$1" "program/$(basename "$1")"
mount -o remount,bind,ro "program/$(basename "$1")"
mount -t proc none proc
mount --rbind /sys sys
for device in null zero full urandom; do touch "dev/$device"; mount --bind "/dev/$device" "dev/$device"; done
echo fuzzed > etc/hostname
mkfifo tmp/fifo
ln -s a tmp/link
ln -s loop tmp/loop
shift
chroot . "$@" &
echo $! >run/agent/started
wait $!`;

const namespaces = [
  // Also when whoever fuzzes is ended by a signal.
  ...["setpriv", "--pdeathsig", "KILL"],
  ...["unshare", "--user", "--map-root-user", "--mount", "--pid", "--net", "--ipc", "--uts"],
  ...["--fork", "--kill-child", "--mount-proc"],
];

function command(folder: string, program: string, args: readonly string[]): string[] {
  return [
    ...namespaces,
    "sh",
    "-c",
    enter,
    folder,
    program,
    `/program/${basename(program)}`,
    ...args,
  ];
}

/** The end of a test's title where there can be no such place: says what is missing. */
export function lackOfThrowaway(): string {
  using scratch = new Scratch();
  const [first, ...rest] = command(scratch.path, "/usr/bin/true", []);
  const { status, stderr } = spawnSync(first as string, rest, { encoding: "utf8" });
  if (status === 0) return "";
  return ` (needs user and mount namespaces: ${(stderr ?? "").trim().split("\n").at(-1)})`;
}

/** An agent that can be told anything. */
export class ThrowawayAgent implements AsyncDisposable {
  readonly #scratch = new Scratch();
  readonly #program: Program;
  #pid = -1;

  private constructor(binary: Binary) {
    mkdirSync(this.#scratch.file("state"));
    const [first, ...rest] = command(this.#scratch.path, realpathSync(binary.path), [
      ...["-m", "unix-listen", "-p", "/run/agent/socket", "-t", "/run/agent/state"],
      `--block-rpcs=${blockedOutsideGuest.join()}`,
    ]);
    this.#program = new Program(rest, { path: first as string });
  }

  static async start(binary: Binary): Promise<ThrowawayAgent> {
    const agent = new ThrowawayAgent(binary);
    try {
      (await agent.client()).close();
      await until("the agent's process found", () => agent.#find());
      return agent;
    } catch (error) {
      const said = agent.#program.stderr;
      await agent[Symbol.asyncDispose]();
      throw new Error(`${error}\nIt said: ${said}`);
    }
  }

  /** As this machine numbers it, not its namespace. */
  get pid(): number {
    return this.#pid;
  }

  get alive(): boolean {
    return this.#program.alive;
  }

  get said(): string {
    return this.#program.stderr;
  }

  /** A client that is in sync. */
  async client(): Promise<Client> {
    const client = await connect(this.#scratch.file("socket"), () => !this.alive);
    client.sync();
    return client;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#program[Symbol.asyncDispose]();
    this.#scratch[Symbol.dispose]();
  }

  /** It is the child of the shell, which is the child of what made the namespaces. */
  #find(): boolean {
    const [shell] = childrenOf(this.#program.pid);
    const inside = readFileSync(this.#scratch.file("started"), "latin1").trim();
    const found = childrenOf(shell ?? -1).find((pid) => numberInside(pid) === inside);
    this.#pid = found ?? -1;
    return found !== undefined;
  }
}

function childrenOf(parent: number): number[] {
  return readdirSync("/proc")
    .map(Number)
    .filter((pid) => {
      try {
        return parentOf(pid) === parent;
      } catch {
        // No process, or one that went meanwhile.
        return false;
      }
    });
}

/** A process's number in the innermost of its namespaces; proc_pid_status(5), NSpid. */
function numberInside(pid: number): string {
  const status = readFileSync(`/proc/${pid}/status`, "latin1");
  return /^NSpid:.*\t(\d+)$/m.exec(status)?.[1] ?? "";
}
