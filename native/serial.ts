/**
 * Serial lines.
 */
import { check } from "./errno.ts";
import type { Fd } from "./fd.ts";
import { libc } from "./libc.ts";
import { rawFd } from "./raw-fd.ts";
import { Termios, Tty, TtyIoctl } from "./structs.ts";

const translatingInput =
  Tty.IGNBRK |
  Tty.BRKINT |
  Tty.IGNPAR |
  Tty.PARMRK |
  Tty.INPCK |
  Tty.ISTRIP |
  Tty.INLCR |
  Tty.IGNCR |
  Tty.ICRNL |
  Tty.IXON |
  Tty.IXOFF |
  Tty.IXANY |
  Tty.IMAXBEL;

/**
 * Puts a serial line into the raw mode of qemu-ga: bytes pass as they are, no echo, no line editing, no
 * signals; a read is satisfied by one byte. The speed bits are or-ed in, as qemu-ga does, and mean nothing to
 * an emulated UART. Input that has arrived before is thrown away.
 *
 * The kernel's ioctls and not tcsetattr(3): glibc 2.42 gave that function another way to say the speed.
 *
 * @throws SysError ENOTTY where it is no terminal.
 */
export function setRawTermios(fd: Fd): void {
  const memory = Termios.make();
  const number = rawFd(fd);
  check("read terminal settings of", libc().ioctl(number, TtyIoctl.TCGETS, memory), fd.subject);
  const { c_iflag, c_cflag, c_cc } = Termios.read(memory);
  c_cc[Tty.VMIN] = 1;
  c_cc[Tty.VTIME] = 0;
  Termios.write(memory, {
    c_iflag: c_iflag & ~translatingInput,
    c_oflag: 0,
    c_lflag: 0,
    c_cflag: c_cflag | Tty.B38400,
    c_cc,
  });
  check("flush", flushInput(number), fd.subject);
  check("set terminal settings of", libc().ioctl(number, TtyIoctl.TCSETS, memory), fd.subject);
}

/** TCFLSH takes its selector as the argument itself; TCIFLUSH is 0, which is what a null pointer passes. */
function flushInput(number: number): number {
  return libc().ioctl(number, TtyIoctl.TCFLSH, null);
}
