/**
 * Starting programs: posix_spawn(3), whose child shares our memory until it executes, so that it is quick and
 * safe however many threads the runtime has.
 */
import { underChildLimits } from "./child-limits.ts";
import { closeOnExecFrom } from "./close-on-exec.ts";
import { cstring } from "./cstring.ts";
import { ownEnvironment } from "./environment.ts";
import { check, Errno, SysError } from "./errno.ts";
import { Fd } from "./fd.ts";
import { fileStatus } from "./file-status.ts";
import { libc, rareLibc } from "./libc.ts";
import { programPaths, scriptShell } from "./program-search.ts";
import { rawFd, wrapFd } from "./raw-fd.ts";
import { stringArray } from "./string-array.ts";
import {
  Fcntl,
  OpenFlag,
  Sigset,
  SpawnAttributes,
  SpawnFileActions,
  SpawnFlag,
} from "./structs.ts";

/** A descriptor of ours, /dev/null, or what we have ourselves under the same number. */
export type Stdio = Fd | "null" | "inherit";

export type SpawnOptions = {
  /** The program. */
  readonly path: string;
  /** All of it, the program's own name included. */
  readonly argv: readonly string[];
  /** The whole environment, entries passed as they are (`NAME=value`); absent: `process.env`. */
  readonly env?: readonly string[] | undefined;
  /** Absent: that of this process. A relative `path` starts from it. */
  readonly cwd?: string | undefined;
  /** Descriptors 0, 1 and 2 of the child. */
  readonly stdio: readonly [stdin: Stdio, stdout: Stdio, stderr: Stdio];
  /** More descriptors, each with its number in the child. All others are closed there. */
  readonly passFds?: readonly (readonly [fd: Fd, target: number])[];
  /** setsid(2): a session and process group of its own. */
  readonly newSession?: boolean;
  /** The path of a terminal that becomes the controlling one of the new session, and descriptors 0, 1 and 2. */
  readonly terminal?: string | undefined;
  /**
   * As execvp(3): a `path` without a slash is looked for along PATH (that of `env` if it has one, else ours), and
   * a script without `#!` is run by /bin/sh.
   */
  readonly search?: boolean;
};

/**
 * Starts a program. It has all signals unblocked and at their defaults, and no more descriptors allowed than usual.
 *
 * @returns at once; see Reactor.child for its end, which has to be watched or the child stays as a zombie.
 * @throws SysError `run` when it cannot be executed, such as ENOENT or EACCES; `open` when the `cwd` is bad.
 */
export function spawn(options: SpawnOptions): { pid: number } {
  using preparation = new Preparation(options);
  const { path, argv, env, search = false } = options;
  if (!search) return { pid: preparation.run(path, argv) };
  let failure: number = Errno.ENOENT;
  let denied = false;
  const candidates = programPaths(path, pathVariable(env));
  for (const candidate of candidates) {
    try {
      // Most folders of PATH do not have it, and a look costs a fraction of a child that fails.
      if (candidates.length > 1) fileStatus(candidate);
      return { pid: runWithShell(preparation, candidate, argv) };
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      failure = error.errno;
      if (!searchGoesOn.has(failure)) throw new SysError("run", failure, candidate);
      denied ||= failure === Errno.EACCES;
    }
  }
  throw new SysError("run", denied ? Errno.EACCES : failure, path);
}

/** What execvp(3) takes as "not here, look on". */
const searchGoesOn: ReadonlySet<number> = new Set([
  Errno.EACCES,
  Errno.ENOENT,
  Errno.ENOTDIR,
  Errno.ESTALE,
  Errno.ENODEV,
  Errno.ETIMEDOUT,
]);

/** A pipe: the reading end, the writing end. Both wait; see Fd.setNonblocking. @throws SysError */
export function pipe(): [Fd, Fd] {
  const ends = new Int32Array(2);
  check("create", rareLibc().pipe2(ends, OpenFlag.O_CLOEXEC), "pipe");
  return [
    wrapFd(ends[0] as number, "reading end of a pipe"),
    wrapFd(ends[1] as number, "writing end of a pipe"),
  ];
}

/** F_SETPIPE_SZ of fcntl(2): how much a pipe holds. False where the kernel does not let us. */
export function resizePipe(end: Fd, bytes: number): boolean {
  return libc().fcntl(rawFd(end), Fcntl.F_SETPIPE_SZ, bytes) !== -1;
}

/** kill(2); a negative pid means the process group. @throws SysError ESRCH, EPERM */
export function kill(pid: number, signal: number): void {
  check("signal", rareLibc().kill(pid, signal), `process ${pid}`);
}

function runWithShell(preparation: Preparation, path: string, argv: readonly string[]): number {
  try {
    return preparation.run(path, argv);
  } catch (error) {
    if (!(error instanceof SysError) || error.errno !== Errno.ENOEXEC) throw error;
    return preparation.run(scriptShell, [scriptShell, path, ...argv.slice(1)]);
  }
}

function pathVariable(env: readonly string[] | undefined): string | undefined {
  const prefix = "PATH=";
  const entry = env?.find((each) => each.startsWith(prefix));
  return entry?.slice(prefix.length) ?? process.env.PATH;
}

/** Everything about a child but the program: file actions, attributes and the environment. */
class Preparation implements Disposable {
  readonly #actions = SpawnFileActions.make();
  readonly #attributes = SpawnAttributes.make();
  readonly #env: Uint8Array;
  /** Opened for the child alone. */
  readonly #own: Fd[] = [];

  constructor({ env, cwd, stdio, passFds = [], newSession = false, terminal }: SpawnOptions) {
    this.#env = stringArray(env === undefined ? ownEnvironment() : env.map(cstring));
    posixCheck(rareLibc().posix_spawn_file_actions_init(this.#actions));
    posixCheck(rareLibc().posix_spawnattr_init(this.#attributes));
    try {
      // First of all, because the descriptors moved afterwards may take this one's number.
      if (cwd !== undefined) this.#changeDirectory(cwd);
      this.#placeDescriptors(stdio, passFds);
      if (terminal !== undefined) this.#openTerminal(terminal);
      this.#setAttributes(newSession);
      closeOnExecFrom(3);
    } catch (error) {
      this[Symbol.dispose]();
      throw error;
    }
  }

  /** @throws SysError */
  run(path: string, argv: readonly string[]): number {
    const pid = new Int32Array(1);
    const errno = underChildLimits(() =>
      rareLibc().posix_spawn(
        pid,
        cstring(path),
        this.#actions,
        this.#attributes,
        stringArray(argv.map(cstring)),
        this.#env,
      ),
    );
    if (errno !== 0) throw new SysError("run", errno, path);
    return pid[0] as number;
  }

  [Symbol.dispose](): void {
    rareLibc().posix_spawn_file_actions_destroy(this.#actions);
    rareLibc().posix_spawnattr_destroy(this.#attributes);
    for (const fd of this.#own) fd.close();
  }

  #changeDirectory(path: string): void {
    const change = rareLibc().posix_spawn_file_actions_addfchdir_np;
    if (change === null) throw new SysError("change directory for a child to", Errno.ENOSYS, path);
    const fd = this.#keep(Fd.open(path, OpenFlag.O_PATH | OpenFlag.O_DIRECTORY));
    posixCheck(change(this.#actions, rawFd(fd)));
  }

  /** The leader of a session that has none gets the first terminal that it opens (tty(4)); setsid(2) comes first. */
  #openTerminal(path: string): void {
    const open = rareLibc().posix_spawn_file_actions_addopen;
    posixCheck(open(this.#actions, 0, cstring(path), OpenFlag.O_RDWR, 0));
    for (const target of [1, 2]) {
      posixCheck(rareLibc().posix_spawn_file_actions_adddup2(this.#actions, 0, target));
    }
  }

  #placeDescriptors(
    stdio: SpawnOptions["stdio"],
    passFds: readonly (readonly [Fd, number])[],
  ): void {
    const moves: (readonly [Fd, number])[] = [...passFds];
    stdio.forEach((source, target) => {
      if (source === "inherit") return;
      const fd = source === "null" ? this.#keep(Fd.open("/dev/null", OpenFlag.O_RDWR)) : source;
      moves.push([fd, target]);
    });
    const firstFree = 1 + Math.max(2, ...moves.map(([, target]) => target));
    for (const [source, target] of moves) {
      const number = rawFd(this.#movedUp(source, firstFree));
      posixCheck(rareLibc().posix_spawn_file_actions_adddup2(this.#actions, number, target));
    }
  }

  /**
   * A source below `firstFree` could be overwritten by another one's target before its turn, or be its own target,
   * in which case dup2(2) would leave it close-on-exec; so it is copied out of the way.
   */
  #movedUp(source: Fd, firstFree: number): Fd {
    const number = rawFd(source);
    if (number >= firstFree) return source;
    const copy = libc().fcntl(number, Fcntl.F_DUPFD_CLOEXEC, firstFree);
    return this.#keep(wrapFd(check("duplicate", copy, source.subject), source.subject));
  }

  #setAttributes(newSession: boolean): void {
    const attributes = this.#attributes;
    const flags =
      SpawnFlag.POSIX_SPAWN_SETSIGMASK |
      SpawnFlag.POSIX_SPAWN_SETSIGDEF |
      (newSession ? SpawnFlag.POSIX_SPAWN_SETSID : 0);
    posixCheck(rareLibc().posix_spawnattr_setflags(attributes, flags));
    posixCheck(rareLibc().posix_spawnattr_setsigmask(attributes, Sigset.make()));
    posixCheck(rareLibc().posix_spawnattr_setsigdefault(attributes, allSignals()));
  }

  #keep(fd: Fd): Fd {
    this.#own.push(fd);
    return fd;
  }
}

/** The 64 signals of Linux. For SIGKILL and SIGSTOP, which cannot be changed, it has no effect. */
function allSignals(): Uint8Array {
  return Sigset.make().fill(0xff, 0, 8);
}

/** The posix_spawn family returns an errno instead of setting it. */
function posixCheck(errno: number): void {
  if (errno !== 0) throw new SysError("prepare", errno, "child process");
}
