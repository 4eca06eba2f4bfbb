import { expect, test } from "bun:test";
import { Fd, WOULD_BLOCK } from "../../native/fd.ts";
import { _IOR, _IOW } from "../../native/layout.ts";
import { libc } from "../../native/libc.ts";
import { rawFd } from "../../native/raw-fd.ts";
import { EPOLLIN, poll } from "../../native/reactor.ts";
import { setRawTermios } from "../../native/serial.ts";
import { OpenFlag, Termios, Tty, TtyIoctl } from "../../native/structs.ts";

const readWrite = OpenFlag.O_RDWR | OpenFlag.O_NOCTTY | OpenFlag.O_NONBLOCK;
const TIOCGPTN = _IOR("T", 0x30, 4);
const TIOCSPTLCK = _IOW("T", 0x31, 4);
const waitMsMax = 5000;

/** Both ends of a pseudo terminal: what the host holds, what the guest opens. ioctl_tty(2). */
function openPty(): { host: Fd; line: Fd } {
  const host = Fd.open("/dev/ptmx", readWrite);
  const number = new Uint32Array(1);
  expect(libc().ioctl(rawFd(host), TIOCSPTLCK, new Int32Array(1))).toBe(0);
  expect(libc().ioctl(rawFd(host), TIOCGPTN, number)).toBe(0);
  return { host, line: Fd.open(`/dev/pts/${number[0]}`, readWrite) };
}

function termiosOf(fd: Fd) {
  const memory = Termios.make();
  expect(libc().ioctl(rawFd(fd), TtyIoctl.TCGETS, memory)).toBe(0);
  return Termios.read(memory);
}

function havePty(): boolean {
  try {
    const { host, line } = openPty();
    host.close();
    line.close();
    return true;
  } catch {
    return false;
  }
}

const noPty = !havePty();

test.skipIf(noPty)("the settings are those of qemu-ga (needs /dev/ptmx and /dev/pts)", () => {
  const { host, line } = openPty();
  const before = termiosOf(line);
  expect(before.c_lflag).not.toBe(0);
  expect(before.c_iflag & Tty.ICRNL).not.toBe(0);
  // All input bits but two are cleared; HUPCL stands for the control bits, which stay.
  const [iuclc, iutf8, hupcl] = [0o1000, 0o40000, 0o2000];
  const memory = Termios.make({
    ...before,
    c_iflag: 0o37777 | iutf8,
    c_cflag: before.c_cflag | hupcl,
  });
  expect(libc().ioctl(rawFd(line), TtyIoctl.TCSETS, memory)).toBe(0);
  setRawTermios(line);
  const after = termiosOf(line);
  expect(after.c_iflag).toBe(iutf8 | iuclc);
  expect(after.c_oflag).toBe(0);
  expect(after.c_lflag).toBe(0);
  expect(after.c_cflag).toBe(before.c_cflag | hupcl | Tty.B38400);
  expect(after.c_cc[Tty.VMIN]).toBe(1);
  expect(after.c_cc[Tty.VTIME]).toBe(0);
  const untouched = (cc: Uint8Array) =>
    [...cc].filter((_, index) => ![Tty.VMIN, Tty.VTIME].includes(index as 5 | 6));
  expect(untouched(after.c_cc)).toEqual(untouched(before.c_cc));
  host.close();
  line.close();
});

test.skipIf(noPty)(
  "all 256 bytes pass unchanged, both ways, without an echo (needs /dev/ptmx)",
  () => {
    const { host, line } = openPty();
    setRawTermios(line);
    const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
    for (const [from, to] of [
      [host, line],
      [line, host],
    ] as const) {
      expect(from.tryWrite(bytes)).toBe(256);
      const into = new Uint8Array(300);
      let count = 0;
      while (count < 256 && poll(to, EPOLLIN, waitMsMax) !== 0) {
        count += to.tryRead(into.subarray(count));
      }
      expect(into.subarray(0, count)).toEqual(bytes);
      expect(from.tryRead(into)).toBe(WOULD_BLOCK);
    }
    host.close();
    line.close();
  },
);

test.skipIf(noPty)("input that came before is thrown away (needs /dev/ptmx and /dev/pts)", () => {
  const { host, line } = openPty();
  host.tryWrite(new TextEncoder().encode("stale\n"));
  expect(poll(line, EPOLLIN, waitMsMax)).not.toBe(0);
  setRawTermios(line);
  expect(line.tryRead(new Uint8Array(8))).toBe(WOULD_BLOCK);
  host.close();
  line.close();
});

test("what is no terminal is ENOTTY", () => {
  using fd = Fd.open("/dev/null", OpenFlag.O_RDWR);
  expect(() => setRawTermios(fd)).toThrow(
    'Cannot read terminal settings of "/dev/null": ENOTTY, Inappropriate ioctl for device',
  );
});
