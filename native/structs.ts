/**
 * Every kernel and libc struct, ioctl number and constant in use, with its header and man page.
 *
 * `layout-check.c` is generated from this file; after a change run
 * `bun native/layout-check.ts > native/layout-check.c`.
 */
import { _IOR, _IOW, _IOWR, bytes, constants, pad, struct } from "./layout.ts";

/** Sizes in ioctl numbers. Written out, since a start need not work out the layouts; the C compiler checks the numbers. */
const intBytes = 4;
const rtcTimeBytes = 36;
const fstrimRangeBytes = 24;
const nvmeAdminCommandBytes = 72;

/** open(2) flags and fcntl(2) status flags. */
export const OpenFlag = constants(
  ["fcntl.h"],
  {
    O_RDONLY: 0,
    O_WRONLY: 0o1,
    O_RDWR: 0o2,
    O_CREAT: 0o100,
    O_EXCL: 0o200,
    O_NOCTTY: 0o400,
    O_TRUNC: 0o1000,
    O_APPEND: 0o2000,
    O_NONBLOCK: 0o4000,
    O_CLOEXEC: 0o2000000,
    O_PATH: 0o10000000,
  },
  {
    O_DIRECTORY: { x64: 0o200000, arm64: 0o40000 },
    O_NOFOLLOW: { x64: 0o400000, arm64: 0o100000 },
  },
);

/** access(2). */
export const Access = constants(["unistd.h"], { X_OK: 1, W_OK: 2 });

/** fcntl(2) operations. */
export const Fcntl = constants(["fcntl.h"], {
  F_GETFD: 1,
  F_SETFD: 2,
  F_GETFL: 3,
  F_SETFL: 4,
  F_SETLK: 6,
  F_OFD_SETLK: 37,
  F_DUPFD_CLOEXEC: 1030,
  F_SETPIPE_SZ: 1031,
  FD_CLOEXEC: 1,
  F_WRLCK: 1,
});

/** lseek(2), fseeko(3), and `l_whence` of {@link Flock}. */
export const Seek = constants(["unistd.h"], { SEEK_SET: 0, SEEK_CUR: 1, SEEK_END: 2 });

/** lseek(2) by what is there; <linux/fs.h>. */
export const SeekContent = constants(["linux/fs.h"], { SEEK_DATA: 3, SEEK_HOLE: 4 });

/** fcntl(2) record locks. */
export const Flock = struct("struct flock", ["fcntl.h"], {
  l_type: "i16",
  l_whence: "i16",
  l_start: "i64",
  l_len: "i64",
  l_pid: "i32",
});

/** epoll(7). Packed on x86-64 only, so that 32-bit programs see the same layout there. */
export const EpollEvent = struct(
  "struct epoll_event",
  ["sys/epoll.h"],
  { events: "u32", data: "u64" },
  { packedOn: ["x64"] },
);

/** epoll_ctl(2), epoll_create1(2). */
export const Epoll = constants(["sys/epoll.h"], {
  EPOLL_CLOEXEC: 0o2000000,
  EPOLL_CTL_ADD: 1,
  EPOLL_CTL_DEL: 2,
  EPOLL_CTL_MOD: 3,
  EPOLLIN: 0x001,
  EPOLLPRI: 0x002,
  EPOLLOUT: 0x004,
  EPOLLERR: 0x008,
  EPOLLHUP: 0x010,
  EPOLLRDHUP: 0x2000,
  EPOLLET: 0x80000000,
});

/** poll(2). */
export const Pollfd = struct("struct pollfd", ["poll.h"], {
  fd: "i32",
  events: "i16",
  revents: "i16",
});

/** waitid(2). Only the members it fills in for a child; the rest of the union is padding. */
export const Siginfo = struct(
  "siginfo_t",
  ["signal.h"],
  {
    si_signo: "i32",
    si_errno: "i32",
    si_code: "i32",
    _alignment: pad(4),
    si_pid: "i32",
    si_uid: "u32",
    si_status: "i32",
  },
  { sizeBytes: 128 },
);

/** waitid(2) options and `si_code` of a child. */
export const Wait = constants(["sys/wait.h", "signal.h"], {
  P_PID: 1,
  WNOHANG: 1,
  WEXITED: 4,
  WNOWAIT: 0x1000000,
  CLD_EXITED: 1,
});

/** getrlimit(2), setrlimit(2). `rlim_t` has 64 bits on both architectures. */
export const Rlimit = struct("struct rlimit", ["sys/resource.h"], {
  rlim_cur: "u64",
  rlim_max: "u64",
});

/** getrlimit(2). */
export const Resource = constants(["sys/resource.h"], { RLIMIT_NOFILE: 7 });

/** mlockall(2). MCL_ONFAULT came with Linux 4.4. */
export const Mlockall = constants(["sys/mman.h"], {
  MCL_CURRENT: 1,
  MCL_FUTURE: 2,
  MCL_ONFAULT: 4,
});

/** signal(7); the numbers are the same on both architectures. */
export const Signal = constants(["signal.h"], {
  SIGHUP: 1,
  SIGINT: 2,
  SIGKILL: 9,
  SIGUSR1: 10,
  SIGPIPE: 13,
  SIGTERM: 15,
  SIGCHLD: 17,
  SIGSTOP: 19,
});

/** signal(2): `SIG_IGN` is the handler address 1, `SIG_DFL` is NULL. */
export const SIG_IGN = 1;
export const SIG_DFL = 0;

/** sigset_t of glibc and musl: one bit per signal, signal 1 first. The kernel uses the first 64. */
export const Sigset = struct("sigset_t", ["signal.h"], {}, { sizeBytes: 128 });

/**
 * System calls without a wrapper in the oldest libcs we run on, and those of credentials, whose wrappers change every
 * thread where the call itself changes one (nptl(7)).
 */
export const Syscall = constants(
  ["sys/syscall.h"],
  {
    SYS_pidfd_open: 434,
    SYS_close_range: 436,
    SYS_openat2: 437,
  },
  {
    SYS_getgroups: { x64: 115, arm64: 158 },
    SYS_setgroups: { x64: 116, arm64: 159 },
    SYS_setfsuid: { x64: 122, arm64: 151 },
    SYS_setfsgid: { x64: 123, arm64: 152 },
    SYS_setresuid: { x64: 117, arm64: 147 },
    SYS_setresgid: { x64: 119, arm64: 149 },
    SYS_getdents64: { x64: 217, arm64: 61 },
    SYS_renameat2: { x64: 316, arm64: 276 },
    SYS_statx: { x64: 332, arm64: 291 },
  },
);

/** statx(2): the same on every architecture, unlike `struct stat`. */
export const Statx = struct(
  "struct statx",
  ["fcntl.h", "sys/stat.h"],
  {
    _mask_to_attributes: pad(16),
    stx_nlink: "u32",
    stx_uid: "u32",
    stx_gid: "u32",
    stx_mode: "u16",
    stx_ino: "u64",
    stx_size: "u64",
    _blocks_to_mtime: pad(80),
    stx_rdev_major: "u32",
    stx_rdev_minor: "u32",
    stx_dev_major: "u32",
    stx_dev_minor: "u32",
  },
  { sizeBytes: 256 },
);

/** The members of the same that only few ask for. */
export const StatxMore = struct(
  "struct statx",
  ["fcntl.h", "sys/stat.h"],
  {
    _mask_to_size: pad(48),
    stx_blocks: "u64",
    _attributes_mask: pad(8),
    "stx_atime.tv_sec": "i64",
    "stx_atime.tv_nsec": "u32",
    _atime_end_and_btime: pad(20),
    "stx_ctime.tv_sec": "i64",
    "stx_ctime.tv_nsec": "u32",
    _ctime_end: pad(4),
    "stx_mtime.tv_sec": "i64",
    "stx_mtime.tv_nsec": "u32",
  },
  { sizeBytes: 256 },
);

export const StatxFlag = constants(["fcntl.h", "sys/stat.h"], {
  AT_FDCWD: -100,
  AT_SYMLINK_NOFOLLOW: 0x100,
  AT_EMPTY_PATH: 0x1000,
  STATX_BASIC_STATS: 0x7ff,
});

/** openat2(2), Linux 5.6. */
export const OpenHow = struct("struct open_how", ["linux/openat2.h"], {
  flags: "u64",
  mode: "u64",
  resolve: "u64",
});

/** openat2(2): how paths are resolved. */
export const Resolve = constants(["linux/openat2.h"], {
  RESOLVE_NO_MAGICLINKS: 0x02,
  RESOLVE_IN_ROOT: 0x10,
});

/** unlinkat(2). */
export const Unlink = constants(["fcntl.h"], { AT_REMOVEDIR: 0x200 });

/** renameat2(2). */
export const RenameFlag = constants(["linux/fs.h"], { RENAME_NOREPLACE: 1 });

/** utimensat(2): a `tv_nsec` that leaves a time as it is. */
export const Utime = constants(["sys/stat.h"], { UTIME_OMIT: 0x3ffffffe });

/**
 * The fixed part of an entry of getdents64(2), which has no struct in libc; the name with its NUL follows. `off` is where
 * in the folder the next entry is, for lseek(2).
 */
export const Dirent64 = { off: 8, reclen: 16, name: 19 } as const;

/** close_range(2): mark, do not close. */
export const CloseRange = constants(["linux/close_range.h"], { CLOSE_RANGE_CLOEXEC: 4 });

/** posix_spawn(3); opaque, 80 bytes in musl too. */
export const SpawnFileActions = struct(
  "posix_spawn_file_actions_t",
  ["spawn.h"],
  {},
  { sizeBytes: 80 },
);

/** posix_spawn(3); opaque, 336 bytes in musl too. */
export const SpawnAttributes = struct("posix_spawnattr_t", ["spawn.h"], {}, { sizeBytes: 336 });

/** posix_spawnattr_setflags(3). */
export const SpawnFlag = constants(["spawn.h"], {
  POSIX_SPAWN_SETSIGDEF: 0x04,
  POSIX_SPAWN_SETSIGMASK: 0x08,
  POSIX_SPAWN_SETSID: 0x80,
});

/** socket(2), getsockopt(2) SOL_SOCKET, send(2), shutdown(2). */
export const Socket = constants(["sys/socket.h"], {
  AF_UNIX: 1,
  AF_VSOCK: 40,
  SOCK_STREAM: 1,
  SOCK_DGRAM: 2,
  SOCK_NONBLOCK: 0o4000,
  SOCK_CLOEXEC: 0o2000000,
  SOL_SOCKET: 1,
  SO_ERROR: 4,
  SO_PEERCRED: 17,
  SO_ACCEPTCONN: 30,
  SO_DOMAIN: 39,
  SHUT_WR: 1,
});

/** unix(7), SO_PEERCRED. Declared for _GNU_SOURCE. */
export const Ucred = struct("struct ucred", ["sys/socket.h"], {
  pid: "i32",
  uid: "u32",
  gid: "u32",
});

/** socket(2): the families of internet addresses. */
export const InternetFamily = constants(["sys/socket.h"], { AF_INET: 2, AF_INET6: 10 });

/** ip(7). `sin_addr` is in network order. */
export const SockaddrIn = struct(
  "struct sockaddr_in",
  ["netinet/in.h"],
  { sin_family: "u16", sin_port: "u16", sin_addr: bytes(4) },
  { sizeBytes: 16 },
);

/** ipv6(7). */
export const SockaddrIn6 = struct("struct sockaddr_in6", ["netinet/in.h"], {
  sin6_family: "u16",
  sin6_port: "u16",
  sin6_flowinfo: "u32",
  sin6_addr: bytes(16),
  sin6_scope_id: "u32",
});

/** getifaddrs(3): a linked list; `ifa_addr` and `ifa_netmask` may be NULL. */
export const Ifaddrs = struct(
  "struct ifaddrs",
  ["ifaddrs.h"],
  { ifa_next: "u64", ifa_name: "u64", ifa_flags: "u32", ifa_addr: "u64", ifa_netmask: "u64" },
  { sizeBytes: 56 },
);

/** netdevice(7), with the member of its union that SIOCGIFHWADDR fills in: a `struct sockaddr`. */
export const Ifreq = struct(
  "struct ifreq",
  ["net/if.h"],
  { ifr_name: bytes(16), ifr_hwaddr: bytes(16) },
  { sizeBytes: 40 },
);

/** The general form of an address. */
export const Sockaddr = struct("struct sockaddr", ["sys/socket.h"], {
  sa_family: "u16",
  sa_data: bytes(14),
});

/** packet(7): the link-level address of an interface. libc gives longer ones room behind the end (getifaddrs(3)). */
export const SockaddrLl = struct("struct sockaddr_ll", ["linux/if_packet.h"], {
  sll_family: "u16",
  sll_protocol: "u16",
  sll_ifindex: "i32",
  sll_hatype: "u16",
  sll_pkttype: "u8",
  sll_halen: "u8",
  sll_addr: bytes(8),
});

/** packet(7). */
export const PacketFamily = constants(["sys/socket.h"], { AF_PACKET: 17 });

/** netdevice(7). */
export const NetdeviceIoctl = constants(["sys/ioctl.h"], { SIOCGIFHWADDR: 0x8927 });

/** unix(7). */
export const SockaddrUn = struct("struct sockaddr_un", ["sys/socket.h", "sys/un.h"], {
  sun_family: "u16",
  sun_path: bytes(108),
});

/** vsock(7), <linux/vm_sockets.h>. `svm_flags` is newer than the header of old distributions. */
export const SockaddrVm = struct(
  "struct sockaddr_vm",
  ["sys/socket.h", "linux/vm_sockets.h"],
  { svm_family: "u16", svm_reserved1: "u16", svm_port: "u32", svm_cid: "u32" },
  { sizeBytes: 16 },
);

/** vsock(7). */
export const Vsock = constants(["sys/socket.h", "linux/vm_sockets.h"], {
  VMADDR_CID_ANY: 0xffffffff,
  VMADDR_CID_LOCAL: 1,
  VMADDR_PORT_ANY: 0xffffffff,
});

/**
 * The kernel's `struct termios` of <asm-generic/termbits.h>, for TCGETS and TCSETS. Not libc's struct of
 * the same name, which has a different size.
 */
export const Termios = struct("struct termios", ["asm/termbits.h"], {
  c_iflag: "u32",
  c_oflag: "u32",
  c_cflag: "u32",
  c_lflag: "u32",
  c_line: "u8",
  c_cc: bytes(19),
});

/** ioctl_tty(2). */
export const TtyIoctl = constants(["asm/ioctls.h"], {
  TCGETS: 0x5401,
  TCSETS: 0x5402,
  TCFLSH: 0x540b,
  TIOCSWINSZ: 0x5414,
  TIOCGPTN: _IOR("T", 0x30, intBytes),
  TIOCSPTLCK: _IOW("T", 0x31, intBytes),
});

/** ioctl_tty(2), TIOCSWINSZ. */
export const Winsize = struct("struct winsize", ["sys/ioctl.h"], {
  ws_row: "u16",
  ws_col: "u16",
  ws_xpixel: "u16",
  ws_ypixel: "u16",
});

/** termios(3): bits, indexes into `c_cc`, and the queue selector of TCFLSH. */
export const Tty = constants(["asm/termbits.h"], {
  IGNBRK: 0o1,
  BRKINT: 0o2,
  IGNPAR: 0o4,
  PARMRK: 0o10,
  INPCK: 0o20,
  ISTRIP: 0o40,
  INLCR: 0o100,
  IGNCR: 0o200,
  ICRNL: 0o400,
  IXON: 0o2000,
  IXANY: 0o4000,
  IXOFF: 0o10000,
  IMAXBEL: 0o20000,
  B38400: 0o17,
  VTIME: 5,
  VMIN: 6,
  TCIFLUSH: 0,
});

/** getpwnam_r(3). The texts are pointers, good for as long as the buffer of the call. */
export const Passwd = struct("struct passwd", ["pwd.h"], {
  pw_name: "u64",
  pw_passwd: "u64",
  pw_uid: "u32",
  pw_gid: "u32",
  pw_gecos: "u64",
  pw_dir: "u64",
  pw_shell: "u64",
});

/** uname(2). */
export const Utsname = struct("struct utsname", ["sys/utsname.h"], {
  sysname: bytes(65),
  nodename: bytes(65),
  release: bytes(65),
  version: bytes(65),
  machine: bytes(65),
  domainname: bytes(65),
});

/** clock_gettime(2). */
export const Timespec = struct("struct timespec", ["time.h"], { tv_sec: "i64", tv_nsec: "i64" });

/** clock_gettime(2). */
export const Clock = constants(["time.h"], { CLOCK_REALTIME: 0, CLOCK_MONOTONIC: 1 });

/** adjtimex(2): the members up to the one that tells whether the clock is kept right. */
export const Timex = struct(
  "struct timex",
  ["sys/timex.h"],
  {
    modes: "u32",
    offset: "i64",
    freq: "i64",
    maxerror: "i64",
    esterror: "i64",
    status: "i32",
  },
  { sizeBytes: 208 },
);

/** adjtimex(2): a bit of `status`. */
export const TimexStatus = constants(["sys/timex.h"], { STA_UNSYNC: 0x40 });

/** localtime_r(3). `tm_zone` points into libc's memory and is good until the next tzset(3). */
export const Tm = struct("struct tm", ["time.h"], {
  tm_sec: "i32",
  tm_min: "i32",
  tm_hour: "i32",
  tm_mday: "i32",
  tm_mon: "i32",
  tm_year: "i32",
  tm_wday: "i32",
  tm_yday: "i32",
  tm_isdst: "i32",
  tm_gmtoff: "i64",
  tm_zone: "u64",
});

/** sysconf(3). */
export const Sysconf = constants(["unistd.h"], { _SC_CLK_TCK: 2 });

/**
 * utmp(5). On x86-64 glibc keeps the times of 32-bit programs, whose logins are in the same file; arm64 has none of
 * those. The text members need not end in a NUL.
 */
export const Utmpx = struct("struct utmpx", ["utmpx.h"], {
  ut_type: "i16",
  ut_pid: "i32",
  ut_line: bytes(32),
  ut_id: bytes(4),
  ut_user: bytes(32),
  ut_host: bytes(256),
  ut_exit: bytes(4),
  ut_session: { x64: "i32", arm64: "i64" },
  "ut_tv.tv_sec": { x64: "i32", arm64: "i64" },
  "ut_tv.tv_usec": { x64: "i32", arm64: "i64" },
  ut_addr_v6: bytes(16),
  _reserved: pad(20),
});

/** utmp(5): `ut_type` of a user who is logged in. */
export const UtmpType = constants(["utmpx.h"], { USER_PROCESS: 7 });
/** rtc(4): the broken-down time of the hardware clock, fields as in {@link Tm}. */
export const RtcTime = struct("struct rtc_time", ["linux/rtc.h"], {
  tm_sec: "i32",
  tm_min: "i32",
  tm_hour: "i32",
  tm_mday: "i32",
  tm_mon: "i32",
  tm_year: "i32",
  tm_wday: "i32",
  tm_yday: "i32",
  tm_isdst: "i32",
});

/** rtc(4). */
export const RtcIoctl = constants(["linux/rtc.h"], {
  RTC_RD_TIME: _IOR("p", 0x09, rtcTimeBytes),
  RTC_SET_TIME: _IOW("p", 0x0a, rtcTimeBytes),
});

/** syslog(3) facility and levels. */
export const Syslog = constants(["syslog.h"], {
  LOG_USER: 8,
  LOG_CRIT: 2,
  LOG_WARNING: 4,
  LOG_INFO: 6,
});

/** FITRIM, <linux/fs.h>: in, the range to trim; out, `len` is the bytes trimmed. All in bytes. */
export const FstrimRange = struct("struct fstrim_range", ["linux/fs.h"], {
  start: "u64",
  len: "u64",
  minlen: "u64",
});

/** <linux/fs.h>; ioctl_fsfreeze is undocumented apart from the header. */
export const FsIoctl = constants(["linux/fs.h"], {
  FIFREEZE: _IOWR("X", 119, intBytes),
  FITHAW: _IOWR("X", 120, intBytes),
  FITRIM: _IOWR("X", 121, fstrimRangeBytes),
});

/** statvfs(3). The same in musl, apart from what follows the members here. */
export const Statvfs = struct(
  "struct statvfs",
  ["sys/statvfs.h"],
  {
    f_bsize: "u64",
    f_frsize: "u64",
    f_blocks: "u64",
    f_bfree: "u64",
    f_bavail: "u64",
  },
  { sizeBytes: 112 },
);

/** <linux/nvme_ioctl.h>: in, a command with the address of its data; a controller's status comes as the result. */
export const NvmeAdminCommand = struct("struct nvme_admin_cmd", ["linux/nvme_ioctl.h"], {
  opcode: "u8",
  flags: "u8",
  rsvd1: "u16",
  nsid: "u32",
  cdw2: "u32",
  cdw3: "u32",
  metadata: "u64",
  addr: "u64",
  metadata_len: "u32",
  data_len: "u32",
  cdw10: "u32",
  cdw11: "u32",
  cdw12: "u32",
  cdw13: "u32",
  cdw14: "u32",
  cdw15: "u32",
  timeout_ms: "u32",
  result: "u32",
});

export const NvmeIoctl = constants(["linux/nvme_ioctl.h"], {
  NVME_IOCTL_ADMIN_CMD: _IOWR("N", 0x41, nvmeAdminCommandBytes),
});
