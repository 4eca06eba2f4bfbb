/**
 * Stream sockets of the two families a guest agent speaks: unix(7) and vsock(7), and datagrams to a unix socket. All are
 * non-blocking and close-on-exec.
 */
import { cstring } from "./cstring.ts";
import { check, Errno, errnoNow, SysError } from "./errno.ts";
import type { Fd } from "./fd.ts";
import { libc } from "./libc.ts";
import { rawFd, wrapFd } from "./raw-fd.ts";
import { SockaddrUn, SockaddrVm, Socket, Ucred } from "./structs.ts";

const streamType = Socket.SOCK_STREAM | Socket.SOCK_NONBLOCK | Socket.SOCK_CLOEXEC;
const datagramType = Socket.SOCK_DGRAM | Socket.SOCK_NONBLOCK | Socket.SOCK_CLOEXEC;
const pathBytesMax = SockaddrUn.fields.sun_path.length - 1;

/**
 * Binds and listens on a path. The path must not exist; the caller unlinks it before and after.
 *
 * @throws SysError `bind` (EADDRINUSE, ENOENT, EACCES …; ENAMETOOLONG above 107 bytes) or `listen on`.
 */
export function listenUnix(path: string, backlog: number): Fd {
  return listenOn(Socket.AF_UNIX, unixAddress("bind", path), `unix socket ${path}`, backlog);
}

/**
 * Connects to a listening path. Never waits: a unix(7) connect is done at once or fails.
 *
 * @throws SysError `connect to`; EAGAIN when the listener's backlog is full, which with a backlog of 1 means
 *   that another client is being served and one more is waiting.
 */
export function connectUnix(path: string): Fd {
  const subject = `unix socket ${path}`;
  const address = unixAddress("connect to", path);
  const fd = newSocket(Socket.AF_UNIX, subject);
  return closingOnError(fd, () => {
    check("connect to", libc().connect(rawFd(fd), address, address.length), subject);
  });
}

/**
 * A socket whose writes are datagrams to whoever is bound to the path, such as journald.
 *
 * @throws SysError `connect to`; ENOENT or ECONNREFUSED when nobody is.
 */
export function connectUnixDatagram(path: string): Fd {
  const subject = `unix socket ${path}`;
  const address = unixAddress("connect to", path);
  const fd = newSocket(Socket.AF_UNIX, subject, datagramType);
  return closingOnError(fd, () => {
    check("connect to", libc().connect(rawFd(fd), address, address.length), subject);
  });
}

/**
 * Binds and listens on a vsock address.
 *
 * @param cid VMADDR_CID_ANY (4294967295) for any.
 * @throws SysError
 */
export function listenVsock(cid: number, port: number, backlog: number): Fd {
  const subject = `vsock ${cid}:${port}`;
  return listenOn(Socket.AF_VSOCK, vsockAddress(cid, port), subject, backlog);
}

/**
 * Begins to connect to a vsock address. Unlike unix(7), that is a handshake with the other side, which the kernel gives
 * two seconds unless configured otherwise. When the socket can be written to or has an error, {@link checkConnection}
 * tells which.
 *
 * @throws SysError `connect to`
 */
export function beginVsockConnection(cid: number, port: number): Fd {
  const subject = `vsock ${cid}:${port}`;
  const address = vsockAddress(cid, port);
  const fd = newSocket(Socket.AF_VSOCK, subject);
  return closingOnError(fd, () => {
    if (libc().connect(rawFd(fd), address, address.length) !== -1) return;
    const errno = errnoNow();
    if (errno !== Errno.EINPROGRESS) throw new SysError("connect to", errno, subject);
  });
}

/** @throws SysError `connect to` when what was begun has failed; ECONNRESET when nobody listens there, ETIMEDOUT. */
export function checkConnection(fd: Fd): void {
  const errno = socketOption(fd, Socket.SO_ERROR) ?? 0;
  if (errno !== 0) throw new SysError("connect to", errno, fd.subject);
}

/**
 * accept4(2).
 *
 * @returns null when no connection is waiting (any more).
 * @throws SysError such as EMFILE.
 */
export function accept(listener: Fd): Fd | null {
  for (;;) {
    const flags = Socket.SOCK_NONBLOCK | Socket.SOCK_CLOEXEC;
    const number = libc().accept4(rawFd(listener), null, null, flags);
    if (number !== -1) return wrapFd(number, `connection on ${listener.subject}`);
    const errno = errnoNow();
    if (errno === Errno.EAGAIN || errno === Errno.ECONNABORTED) return null;
    if (errno !== Errno.EINTR) throw new SysError("accept on", errno, listener.subject);
  }
}

export type SocketFamily = "unix" | "vsock" | "other";

/** The address family of a socket; "other" also for what is no socket at all. */
export function socketFamily(fd: Fd): SocketFamily {
  const domain = socketOption(fd, Socket.SO_DOMAIN);
  if (domain === Socket.AF_UNIX) return "unix";
  return domain === Socket.AF_VSOCK ? "vsock" : "other";
}

/** Whether listen(2) was called on it; false for what is no socket. */
export function isListening(fd: Fd): boolean {
  return socketOption(fd, Socket.SO_ACCEPTCONN) === 1;
}

/**
 * The process that listens at the other end of a connected unix socket, as it was when it began to listen.
 *
 * @returns its id as this process sees it; null where it is in a pid namespace that cannot be seen from here.
 * @throws SysError
 */
export function peerPid(fd: Fd): number | null {
  const memory = Ucred.make();
  const length = new Uint32Array([memory.byteLength]);
  const number = rawFd(fd);
  const { SOL_SOCKET, SO_PEERCRED } = Socket;
  check(
    "ask about",
    libc().getsockopt(number, SOL_SOCKET, SO_PEERCRED, memory, length),
    fd.subject,
  );
  const { pid } = Ucred.read(memory);
  return pid === 0 ? null : pid;
}

/** shutdown(2) of the sending side: the peer reads an end of file, and can still be read from. */
export function shutdownWrite(fd: Fd): void {
  check("shut down", libc().shutdown(rawFd(fd), Socket.SHUT_WR), fd.subject);
}

/** Two connected unix stream sockets. */
export function socketPair(): [Fd, Fd] {
  const pair = new Int32Array(2);
  check("create", libc().socketpair(Socket.AF_UNIX, streamType, 0, pair), "socket pair");
  return [
    wrapFd(pair[0] as number, "first of a socket pair"),
    wrapFd(pair[1] as number, "second of a socket pair"),
  ];
}

function newSocket(family: number, subject: string, type = streamType): Fd {
  return wrapFd(check("create", libc().socket(family, type, 0), subject), subject);
}

function listenOn(family: number, address: Uint8Array, subject: string, backlog: number): Fd {
  const fd = newSocket(family, subject);
  return closingOnError(fd, () => {
    check("bind", libc().bind(rawFd(fd), address, address.length), subject);
    check("listen on", libc().listen(rawFd(fd), backlog), subject);
  });
}

function closingOnError(fd: Fd, prepare: () => void): Fd {
  try {
    prepare();
    return fd;
  } catch (error) {
    fd.close();
    throw error;
  }
}

function unixAddress(op: string, path: string): Uint8Array {
  const name = cstring(path);
  if (name.length - 1 > pathBytesMax) {
    throw new SysError(op, Errno.ENAMETOOLONG, `unix socket ${path}`);
  }
  return SockaddrUn.make({ sun_family: Socket.AF_UNIX, sun_path: name });
}

function vsockAddress(cid: number, port: number): Uint8Array {
  return SockaddrVm.make({ svm_family: Socket.AF_VSOCK, svm_port: port, svm_cid: cid });
}

/** An int option of level SOL_SOCKET; undefined where `fd` is no socket. */
function socketOption(fd: Fd, option: number): number | undefined {
  const value = new Int32Array(1);
  const length = new Uint32Array([value.byteLength]);
  const result = libc().getsockopt(rawFd(fd), Socket.SOL_SOCKET, option, value, length);
  if (result !== -1) return value[0];
  const errno = errnoNow();
  if (errno === Errno.ENOTSOCK) return undefined;
  throw new SysError("ask about", errno, fd.subject);
}
