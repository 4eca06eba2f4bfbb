/**
 * errno: numbers, names and texts, and the error that carries them.
 */
import { read } from "bun:ffi";
import { libc } from "./libc.ts";

/**
 * Linux errno numbers (<asm-generic/errno.h>, the same on x86-64 and arm64) with glibc's English strerror(3)
 * texts. A table of our own, because clients match on these words: musl words several of them differently
 * and a translated glibc would not speak English. The index is the number. One string each and no map of them, since
 * this is evaluated at every start and needed only when something fails.
 */
const table: readonly string[] = [
  "",
  "EPERM Operation not permitted",
  "ENOENT No such file or directory",
  "ESRCH No such process",
  "EINTR Interrupted system call",
  "EIO Input/output error",
  "ENXIO No such device or address",
  "E2BIG Argument list too long",
  "ENOEXEC Exec format error",
  "EBADF Bad file descriptor",
  "ECHILD No child processes",
  "EAGAIN Resource temporarily unavailable",
  "ENOMEM Cannot allocate memory",
  "EACCES Permission denied",
  "EFAULT Bad address",
  "ENOTBLK Block device required",
  "EBUSY Device or resource busy",
  "EEXIST File exists",
  "EXDEV Invalid cross-device link",
  "ENODEV No such device",
  "ENOTDIR Not a directory",
  "EISDIR Is a directory",
  "EINVAL Invalid argument",
  "ENFILE Too many open files in system",
  "EMFILE Too many open files",
  "ENOTTY Inappropriate ioctl for device",
  "ETXTBSY Text file busy",
  "EFBIG File too large",
  "ENOSPC No space left on device",
  "ESPIPE Illegal seek",
  "EROFS Read-only file system",
  "EMLINK Too many links",
  "EPIPE Broken pipe",
  "EDOM Numerical argument out of domain",
  "ERANGE Numerical result out of range",
  "EDEADLK Resource deadlock avoided",
  "ENAMETOOLONG File name too long",
  "ENOLCK No locks available",
  "ENOSYS Function not implemented",
  "ENOTEMPTY Directory not empty",
  "ELOOP Too many levels of symbolic links",
  "",
  "ENOMSG No message of desired type",
  "EIDRM Identifier removed",
  "ECHRNG Channel number out of range",
  "EL2NSYNC Level 2 not synchronized",
  "EL3HLT Level 3 halted",
  "EL3RST Level 3 reset",
  "ELNRNG Link number out of range",
  "EUNATCH Protocol driver not attached",
  "ENOCSI No CSI structure available",
  "EL2HLT Level 2 halted",
  "EBADE Invalid exchange",
  "EBADR Invalid request descriptor",
  "EXFULL Exchange full",
  "ENOANO No anode",
  "EBADRQC Invalid request code",
  "EBADSLT Invalid slot",
  "",
  "EBFONT Bad font file format",
  "ENOSTR Device not a stream",
  "ENODATA No data available",
  "ETIME Timer expired",
  "ENOSR Out of streams resources",
  "ENONET Machine is not on the network",
  "ENOPKG Package not installed",
  "EREMOTE Object is remote",
  "ENOLINK Link has been severed",
  "EADV Advertise error",
  "ESRMNT Srmount error",
  "ECOMM Communication error on send",
  "EPROTO Protocol error",
  "EMULTIHOP Multihop attempted",
  "EDOTDOT RFS specific error",
  "EBADMSG Bad message",
  "EOVERFLOW Value too large for defined data type",
  "ENOTUNIQ Name not unique on network",
  "EBADFD File descriptor in bad state",
  "EREMCHG Remote address changed",
  "ELIBACC Can not access a needed shared library",
  "ELIBBAD Accessing a corrupted shared library",
  "ELIBSCN .lib section in a.out corrupted",
  "ELIBMAX Attempting to link in too many shared libraries",
  "ELIBEXEC Cannot exec a shared library directly",
  "EILSEQ Invalid or incomplete multibyte or wide character",
  "ERESTART Interrupted system call should be restarted",
  "ESTRPIPE Streams pipe error",
  "EUSERS Too many users",
  "ENOTSOCK Socket operation on non-socket",
  "EDESTADDRREQ Destination address required",
  "EMSGSIZE Message too long",
  "EPROTOTYPE Protocol wrong type for socket",
  "ENOPROTOOPT Protocol not available",
  "EPROTONOSUPPORT Protocol not supported",
  "ESOCKTNOSUPPORT Socket type not supported",
  "EOPNOTSUPP Operation not supported",
  "EPFNOSUPPORT Protocol family not supported",
  "EAFNOSUPPORT Address family not supported by protocol",
  "EADDRINUSE Address already in use",
  "EADDRNOTAVAIL Cannot assign requested address",
  "ENETDOWN Network is down",
  "ENETUNREACH Network is unreachable",
  "ENETRESET Network dropped connection on reset",
  "ECONNABORTED Software caused connection abort",
  "ECONNRESET Connection reset by peer",
  "ENOBUFS No buffer space available",
  "EISCONN Transport endpoint is already connected",
  "ENOTCONN Transport endpoint is not connected",
  "ESHUTDOWN Cannot send after transport endpoint shutdown",
  "ETOOMANYREFS Too many references: cannot splice",
  "ETIMEDOUT Connection timed out",
  "ECONNREFUSED Connection refused",
  "EHOSTDOWN Host is down",
  "EHOSTUNREACH No route to host",
  "EALREADY Operation already in progress",
  "EINPROGRESS Operation now in progress",
  "ESTALE Stale file handle",
  "EUCLEAN Structure needs cleaning",
  "ENOTNAM Not a XENIX named type file",
  "ENAVAIL No XENIX semaphores available",
  "EISNAM Is a named type file",
  "EREMOTEIO Remote I/O error",
  "EDQUOT Disk quota exceeded",
  "ENOMEDIUM No medium found",
  "EMEDIUMTYPE Wrong medium type",
  "ECANCELED Operation canceled",
  "ENOKEY Required key not available",
  "EKEYEXPIRED Key has expired",
  "EKEYREVOKED Key has been revoked",
  "EKEYREJECTED Key was rejected by service",
  "EOWNERDEAD Owner died",
  "ENOTRECOVERABLE State not recoverable",
  "ERFKILL Operation not possible due to RF-kill",
  "EHWPOISON Memory page has hardware error",
];

/** The name of an errno, such as `EBUSY`; `E<number>` for one that Linux does not have. */
export function errnoName(errno: number): string {
  const entry = table[errno] || `E${errno} `;
  return entry.slice(0, entry.indexOf(" "));
}

/** The words of glibc's strerror(3) in the C locale, such as `Device or resource busy`. */
export function errnoText(errno: number): string {
  if (errno === 0) return "Success";
  const entry = table[errno] || `- Unknown error ${errno}`;
  return entry.slice(entry.indexOf(" ") + 1);
}

/** The number behind a name such as `EBUSY`. Throws for a name Linux does not have. */
export function errnoOf(name: string): number {
  const errno = table.findIndex((entry) => entry.startsWith(`${name} `));
  if (errno === -1) throw new RangeError(`Cannot find errno: current value is "${name}"`);
  return errno;
}

/** errno values that code branches on. */
export const Errno = {
  EPERM: 1,
  ENOENT: 2,
  ESRCH: 3,
  EINTR: 4,
  EIO: 5,
  ENOEXEC: 8,
  EBADF: 9,
  ECHILD: 10,
  EAGAIN: 11,
  EACCES: 13,
  EEXIST: 17,
  ENODEV: 19,
  ENOTDIR: 20,
  EISDIR: 21,
  EINVAL: 22,
  EFBIG: 27,
  ERANGE: 34,
  ENAMETOOLONG: 36,
  ENOSYS: 38,
  ENOTEMPTY: 39,
  ELOOP: 40,
  ENOTSOCK: 88,
  ECONNABORTED: 103,
  ETIMEDOUT: 110,
  EINPROGRESS: 115,
  ESTALE: 116,
} as const;

/** A libc call failed. The message reads `Cannot open "/x": ENOENT, No such file or directory`. */
export class SysError extends Error {
  override readonly name = "SysError";
  /** What was attempted, as a verb: `open`, `bind`, `wait for child`. */
  readonly op: string;
  readonly errno: number;
  /** The name of `errno`, such as `EBUSY`. */
  readonly code: string;
  /** What it was attempted on: a path, a device, a descriptor's description. */
  readonly subject: string;
  /** strerror(3) in English, as glibc words it. */
  readonly text: string;

  constructor(op: string, errno: number, subject: string) {
    const text = errnoText(errno);
    const code = errnoName(errno);
    super(`Cannot ${op} "${subject}": ${code}, ${text}`);
    this.op = op;
    this.errno = errno;
    this.code = code;
    this.subject = subject;
    this.text = text;
  }
}

/** The calling thread's errno. Only meaningful as the very next thing after the call that set it. */
export function errnoNow(): number {
  return read.i32(libc().__errno_location() as number, 0);
}

/**
 * Turns the -1 of a failed call into a SysError and hands anything else back. Write the libc call as the
 * argument, so that nothing runs between it and the read of errno.
 */
export function check(op: string, result: number | bigint, subject: string): number {
  if (result === -1) throw new SysError(op, errnoNow(), subject);
  return result as number;
}

/**
 * Runs an operation of node:fs or node:process and gives its failure as a SysError; Node's errors carry the
 * negated errno.
 */
export function checkNode<T>(op: string, subject: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    const errno = (error as NodeJS.ErrnoException).errno;
    if (errno === undefined) throw error;
    throw new SysError(op, Math.abs(errno), subject);
  }
}
