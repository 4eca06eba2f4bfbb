/**
 * Pseudo-terminals (pty(7)): a program gets the terminal, and whoever holds the master is its keyboard and screen.
 */
import { check } from "./errno.ts";
import { fileStatus } from "./file-status.ts";
import { libc } from "./libc.ts";
import { Fd, rawFd } from "./raw-fd.ts";
import { OpenFlag, TtyIoctl, Winsize } from "./structs.ts";

export interface Terminal {
  /** The other end: what is written to it has been typed. Non-blocking. */
  readonly master: Fd;
  /** Of the terminal itself. */
  readonly path: string;
}

/** @throws SysError; ENOSPC when there are too many */
export function openTerminal(rows: number, columns: number): Terminal {
  const { O_NOCTTY, O_NONBLOCK, O_RDWR } = OpenFlag;
  const master = Fd.open("/dev/ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK);
  try {
    const locked = new Int32Array([0]);
    check("unlock", libc().ioctl(rawFd(master), TtyIoctl.TIOCSPTLCK, locked), master.subject);
    const number = new Int32Array(1);
    check("ask about", libc().ioctl(rawFd(master), TtyIoctl.TIOCGPTN, number), master.subject);
    resizeTerminal(master, rows, columns);
    const path = `/dev/pts/${number[0]}`;
    // A program that could not open it would be told as one that cannot be run.
    fileStatus(path);
    return { master, path };
  } catch (error) {
    master.close();
    throw error;
  }
}

/** TIOCSWINSZ of ioctl_tty(2); the programs in it get SIGWINCH. @throws SysError */
export function resizeTerminal(master: Fd, rows: number, columns: number): void {
  const size = Winsize.make({ ws_row: rows, ws_col: columns });
  check("resize", libc().ioctl(rawFd(master), TtyIoctl.TIOCSWINSZ, size), master.subject);
}
