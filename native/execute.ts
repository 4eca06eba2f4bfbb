/**
 * Becoming another user's program. For a process that does nothing else: what is changed here is not taken back.
 */
import type { Account } from "./accounts.ts";
import { underChildLimits } from "./child-limits.ts";
import { closeOnExecFrom } from "./close-on-exec.ts";
import { cstring } from "./cstring.ts";
import { ownEnvironment } from "./environment.ts";
import { check, Errno, errnoNow, SysError } from "./errno.ts";
import { readText } from "./files.ts";
import { libc, rareLibc } from "./libc.ts";
import { programPaths, scriptShell } from "./program-search.ts";
import { stringArray } from "./string-array.ts";
import { SIG_DFL, Syscall } from "./structs.ts";

/** NGROUPS_MAX of <linux/limits.h>. */
const groupsMax = 65_536;

const allSignals = Array.from({ length: 64 }, (_, index) => index + 1);

/**
 * Takes on the user's groups and ids, real, effective and saved, and with them loses the capabilities of root
 * (capabilities(7)). Of this thread alone, which is the one that execve(2) leaves.
 *
 * @throws SysError EPERM where this process may not
 */
export function becomeUser({ name, uid, gid }: Account): void {
  const groups = new Uint32Array(groupsMax);
  const count = new Int32Array([groupsMax]);
  check("list the groups of", rareLibc().getgrouplist(cstring(name), gid, groups, count), name);
  const listed = libc().syscallPointer(
    Syscall.SYS_setgroups,
    count[0] as number,
    groups,
    0,
    0,
    null,
  );
  check("set the groups of", listed, name);
  check("set the group of", libc().syscall(Syscall.SYS_setresgid, gid, gid, gid), name);
  check("become user", libc().syscall(Syscall.SYS_setresuid, uid, uid, uid), name);
}

export type Execution = {
  /** As for {@link spawn} with `search`. */
  readonly path: string;
  readonly argv: readonly string[];
  /** The whole environment; absent: ours. */
  readonly env?: readonly string[] | undefined;
};

/**
 * execvpe(3): this process becomes the program, with the signals and limits that {@link spawn} gives it and no descriptor
 * but the first three.
 *
 * @throws SysError `run`; it returns in no other way
 */
export function execute({ path, argv, env }: Execution): never {
  closeOnExecFrom(3);
  // What is handled is not any more in the new program; what is ignored would stay so (execve(2)).
  for (const signal of ignoredSignals()) libc().signal(signal, SIG_DFL);
  const environment = stringArray(env === undefined ? ownEnvironment() : env.map(cstring));
  const prefix = "PATH=";
  const searched = env?.find((each) => each.startsWith(prefix))?.slice(prefix.length);
  let failure: number = Errno.ENOENT;
  let isDenied = false;
  for (const candidate of programPaths(path, searched ?? process.env.PATH)) {
    failure = tryExecute(candidate, argv, environment);
    if (failure === Errno.ENOEXEC) {
      const script = [scriptShell, candidate, ...argv.slice(1)];
      failure = tryExecute(scriptShell, script, environment);
    }
    if (failure === Errno.EACCES) isDenied = true;
    else if (failure !== Errno.ENOENT && failure !== Errno.ENOTDIR) break;
    failure = isDenied ? Errno.EACCES : Errno.ENOENT;
  }
  throw new SysError("run", failure, path);
}

const statusBytesMax = 64 * 1024;

/** By this process: the runtime ignores some, and changes its mind about which. */
function ignoredSignals(): number[] {
  const [, digits = "0"] =
    /^SigIgn:\s+([0-9a-f]+)$/m.exec(readText("/proc/self/status", statusBytesMax)) ?? [];
  const mask = BigInt(`0x${digits}`);
  return allSignals.filter((signal) => ((mask >> BigInt(signal - 1)) & 1n) === 1n);
}

/** Gives the errno. */
function tryExecute(path: string, argv: readonly string[], environment: Uint8Array): number {
  const [name, list] = [cstring(path), stringArray(argv.map(cstring))];
  return underChildLimits(() => {
    rareLibc().execve(name, list, environment);
    return errnoNow();
  });
}
