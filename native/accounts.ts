/**
 * The accounts of this guest, and file work in their names.
 */
import { CString } from "bun:ffi";
import { cstring } from "./cstring.ts";
import { check, Errno, SysError } from "./errno.ts";
import { libc, rareLibc } from "./libc.ts";
import { Passwd, Syscall } from "./structs.ts";

export type Account = {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
};

const recordBytesFirst = 1024;
const recordBytesMax = 1024 * 1024;

/**
 * getpwnam_r(3): the account of that name. libc asks what nsswitch.conf(5) lists, so it may load libraries, and take
 * as long as a directory service takes to answer.
 *
 * @throws SysError; where there is no such account with errno 0, or what the last service asked gave
 */
export function accountOf(name: string): Account {
  const passwd = Passwd.make();
  const found = new BigUint64Array(1);
  const key = cstring(name);
  for (let bytes = recordBytesFirst; ; bytes *= 2) {
    const record = new Uint8Array(bytes);
    const errno = rareLibc().getpwnam_r(key, passwd, record, bytes, found);
    if (errno === Errno.ERANGE && bytes < recordBytesMax) continue;
    if (errno !== 0 || found[0] === 0n) throw new SysError("look up user", errno, name);
    const { pw_uid: uid, pw_gid: gid, pw_dir } = Passwd.read(passwd);
    const home = new CString(pw_dir).toString();
    // Without a shadow file it has the hash of the password in it. This also keeps it alive until it was read.
    record.fill(0);
    return { name, uid, gid, home };
  }
}

/** By what the kernel decides which files may be used (credentials(7)). */
type FileIdentity = {
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
};

/**
 * Runs `act`, which must not be asynchronous, with the rights on files that the user has by uid and main group. Only the
 * identity for file systems, and of this thread alone, is changed and restored: other threads, signals and ptrace(2) go
 * by what the agent is. For that time the kernel takes away the capabilities that override permissions
 * (capabilities(7)). A thread that the runtime happens to start meanwhile keeps the lesser rights, and children do not.
 * Nothing is changed for the user the agent runs as.
 *
 * @throws SysError EPERM when the agent may not act for others
 */
export function actAs<T>(account: Account, act: () => T): T {
  const own = fileIdentity();
  if (own.uid === account.uid) return act();
  try {
    become({ uid: account.uid, gid: account.gid, groups: [] }, account.name);
    return act();
  } finally {
    become(own, "the agent's own user");
  }
}

function become({ uid, gid, groups }: FileIdentity, name: string): void {
  if (supplementaryGroups().join() !== groups.join()) setSupplementaryGroups(groups);
  setFileGroup(gid);
  setFileUser(uid);
  // Neither of these two calls says whether it did something.
  const now = fileIdentity();
  if (now.uid !== uid || now.gid !== gid) throw new SysError("act as", Errno.EPERM, name);
}

/** No user and no group has this number; given it, the calls below change nothing and tell what is (setfsuid(2)). */
const nobodyAtAll = 0xffff_ffff;

function fileIdentity(): FileIdentity {
  return {
    uid: setFileUser(nobodyAtAll),
    gid: setFileGroup(nobodyAtAll),
    groups: supplementaryGroups(),
  };
}

/** setfsuid(2) of this thread. @returns the identity before */
function setFileUser(uid: number): number {
  return libc().syscall(Syscall.SYS_setfsuid, uid, 0, 0) as number;
}

/** setfsgid(2) of this thread. @returns the identity before */
function setFileGroup(gid: number): number {
  return libc().syscall(Syscall.SYS_setfsgid, gid, 0, 0) as number;
}

/** getgroups(2). */
function supplementaryGroups(): readonly number[] {
  const list = new Uint32Array(listGroups(0, null));
  return list.length === 0 ? [] : [...list.subarray(0, listGroups(list.length, list))];
}

/** @returns how many there are; with a size of 0 nothing is written. */
function listGroups(size: number, list: Uint32Array | null): number {
  return check(
    "list",
    libc().syscallPointer(Syscall.SYS_getgroups, size, list, 0, 0, null),
    "supplementary groups",
  );
}

/** setgroups(2) of this thread. @throws SysError EPERM */
function setSupplementaryGroups(groups: readonly number[]): void {
  // One more than needed, since an empty array has no address.
  const list = Uint32Array.from([...groups, 0]);
  check(
    "set",
    libc().syscallPointer(Syscall.SYS_setgroups, groups.length, list, 0, 0, null),
    "supplementary groups",
  );
}
