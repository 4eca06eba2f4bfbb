/**
 * This process and the machine it runs on.
 */
import { cstring, textOf } from "./cstring.ts";
import { check, checkNode } from "./errno.ts";
import { libc, rareLibc } from "./libc.ts";
import { OpenFlag, SIG_IGN, Signal, Sysconf, Utsname } from "./structs.ts";

/** uname(2). */
export type SystemName = {
  readonly sysname: string;
  readonly nodename: string;
  readonly release: string;
  readonly version: string;
  readonly machine: string;
};

/** @throws SysError */
export function uname(): SystemName {
  const memory = Utsname.make();
  check("ask for", rareLibc().uname(memory), "system name");
  return {
    sysname: nameIn(memory, "sysname"),
    nodename: nameIn(memory, "nodename"),
    release: nameIn(memory, "release"),
    version: nameIn(memory, "version"),
    machine: nameIn(memory, "machine"),
  };
}

function nameIn(memory: Uint8Array, field: keyof typeof Utsname.fields): string {
  const start = Utsname.offsetOf(field);
  return textOf(memory, start, start + Utsname.fields[field].length);
}

/** gethostname(2): read anew each time, no domain looked up. @throws SysError */
export function hostname(): string {
  const memory = new Uint8Array(Utsname.fields.nodename.length);
  check("ask for", rareLibc().gethostname(memory, memory.length), "host name");
  return textOf(memory);
}

/** The unit of /proc/stat: ticks in a second, 100 on every distribution (sysconf(3), _SC_CLK_TCK). */
export function clockTicksPerSecond(): number {
  return rareLibc().sysconf(Sysconf._SC_CLK_TCK) as number;
}

/** umask(2). @returns the mask before. */
export function umask(mask: number): number {
  return libc().umask(mask);
}

/** Turns descriptors 0, 1 and 2 into /dev/null. @throws SysError */
export function daemonStdio(): void {
  const path = "/dev/null";
  const number = check("open", libc().open(cstring(path), OpenFlag.O_RDWR, 0), path);
  for (const target of [0, 1, 2]) {
    check(`make descriptor ${target} of`, libc().dup2(number, target), path);
  }
  if (number > 2) check("close", libc().close(number), path);
}

/** chdir(2), by way of Bun so that it knows. @throws SysError */
export function changeDirectory(path: string): void {
  checkNode("change directory to", path, () => process.chdir(path));
}

/** Removes a variable, for us and for children that inherit ours. */
export function unsetEnvironment(name: string): void {
  delete process.env[name];
}

/** Has writes to a closed pipe or socket fail with EPIPE. Bun does so by itself at present; this makes sure. */
export function ignoreSigpipe(): void {
  libc().signal(Signal.SIGPIPE, SIG_IGN);
}
