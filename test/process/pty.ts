import { Fd } from "../../native/fd.ts";
import { _IOR, _IOW } from "../../native/layout.ts";
import { libc } from "../../native/libc.ts";
import { rawFd } from "../../native/raw-fd.ts";
import { OpenFlag, Termios, TtyIoctl } from "../../native/structs.ts";
import { descriptors } from "./proc.ts";

const readWrite = OpenFlag.O_RDWR | OpenFlag.O_NOCTTY | OpenFlag.O_NONBLOCK;
const TIOCGPTN = _IOR("T", 0x30, 4);
const TIOCSPTLCK = _IOW("T", 0x31, 4);

/** A pseudo terminal, which to the agent is a serial line. ioctl_tty(2). */
export type Pty = {
  /** The host's end. Closing it is what hanging up is to a line. */
  readonly host: Fd;
  /** What the guest opens. */
  readonly path: string;
  isOpenBy(pid: number): boolean;
  /** Whether somebody has put the line into raw mode. */
  isRaw(): boolean;
};

/** @throws SysError */
export function openPty(): Pty {
  const host = Fd.open("/dev/ptmx", readWrite);
  const number = new Uint32Array(1);
  libc().ioctl(rawFd(host), TIOCSPTLCK, new Int32Array(1));
  libc().ioctl(rawFd(host), TIOCGPTN, number);
  const path = `/dev/pts/${number[0]}`;
  // The first opening of the other end must work, or this machine's terminals are not what we think.
  Fd.open(path, readWrite).close();
  return {
    host,
    path,
    isOpenBy: (pid) => descriptors(pid).includes(path),
    isRaw() {
      const memory = Termios.make();
      libc().ioctl(rawFd(host), TtyIoctl.TCGETS, memory);
      return Termios.read(memory).c_lflag === 0;
    },
  };
}

function canOpen(): boolean {
  try {
    openPty().host.close();
    return true;
  } catch {
    return false;
  }
}

export const noPty = !canOpen();
/** The end of a test's title: says what is missing. */
export const needsPty = noPty ? " (needs /dev/ptmx and /dev/pts)" : "";
