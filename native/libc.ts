/**
 * libc's own symbols, bound once. Importing this file loads nothing.
 *
 * Variadic C functions (open, fcntl, ioctl, syscall, syslog) are declared here with the fixed arguments we
 * pass. That is sound on Linux x86-64 and arm64, where variadic arguments travel in the same registers as
 * fixed ones as long as they are integers or pointers: AAPCS64 makes no difference between the two, and the
 * System V ABI only adds the count of vector registers in AL, which a callee reads to save registers that
 * our calls do not use.
 */
import { dlopen, type FFIFunction, FFIType, type Library } from "bun:ffi";
import { NoLibc } from "./no-libc.ts";

/** Where glibc's and musl's dynamic linkers know libc; musl's carries the machine in its name. */
const sonames: readonly string[] = [
  "libc.so.6",
  `libc.musl-${process.arch === "arm64" ? "aarch64" : "x86_64"}.so.1`,
];

/** Above each binding stands its C prototype; `test/native/libc.test.ts` has both compared by a C compiler. */
const common = {
  // int *__errno_location(void)
  __errno_location: { args: [], returns: "ptr" },

  // Descriptors and files
  // int open(const char *path, int flags, mode_t mode)
  open: { args: ["ptr", "i32", "u32"], returns: "i32" },
  // int close(int fd)
  close: { args: ["i32"], returns: "i32" },
  // ssize_t read(int fd, void *buf, size_t count)
  read: { args: ["i32", "ptr", "usize"], returns: FFIType.i64_fast },
  // ssize_t write(int fd, const void *buf, size_t count)
  write: { args: ["i32", "ptr", "usize"], returns: FFIType.i64_fast },
  // ssize_t pread(int fd, void *buf, size_t count, off_t offset)
  pread: { args: ["i32", "ptr", "usize", "i64"], returns: FFIType.i64_fast },
  // ssize_t pwrite(int fd, const void *buf, size_t count, off_t offset)
  pwrite: { args: ["i32", "ptr", "usize", "i64"], returns: FFIType.i64_fast },
  // int fsync(int fd)
  fsync: { args: ["i32"], returns: "i32" },
  // int fchmod(int fd, mode_t mode)
  fchmod: { args: ["i32", "u32"], returns: "i32" },
  // int ftruncate(int fd, off_t length)
  ftruncate: { args: ["i32", "i64"], returns: "i32" },
  // int access(const char *path, int mode)
  access: { args: ["ptr", "i32"], returns: "i32" },
  // int unlink(const char *path)
  unlink: { args: ["ptr"], returns: "i32" },
  // int rename(const char *oldpath, const char *newpath)
  rename: { args: ["ptr", "ptr"], returns: "i32" },
  // int fchown(int fd, uid_t owner, gid_t group)
  fchown: { args: ["i32", "u32", "u32"], returns: "i32" },
  // ssize_t readlink(const char *path, char *buf, size_t bufsiz)
  readlink: { args: ["ptr", "ptr", "usize"], returns: FFIType.i64_fast },
  // int dup2(int oldfd, int newfd)
  dup2: { args: ["i32", "i32"], returns: "i32" },
  // int fcntl(int fd, int op, int arg)
  fcntl: { args: ["i32", "i32", "i32"], returns: "i32" },
  // int ioctl(int fd, unsigned long request, void *arg)
  ioctl: { args: ["i32", "usize", "ptr"], returns: "i32" },

  // Readiness
  // int epoll_create1(int flags)
  epoll_create1: { args: ["i32"], returns: "i32" },
  // int epoll_ctl(int epfd, int op, int fd, struct epoll_event *event)
  epoll_ctl: { args: ["i32", "i32", "i32", "ptr"], returns: "i32" },
  // int epoll_wait(int epfd, struct epoll_event *events, int maxevents, int timeout)
  epoll_wait: { args: ["i32", "ptr", "i32", "i32"], returns: "i32" },
  // int poll(struct pollfd *fds, nfds_t nfds, int timeout)
  poll: { args: ["ptr", "u64", "i32"], returns: "i32" },

  // Sockets
  // int socket(int domain, int type, int protocol)
  socket: { args: ["i32", "i32", "i32"], returns: "i32" },
  // int socketpair(int domain, int type, int protocol, int sv[2])
  socketpair: { args: ["i32", "i32", "i32", "ptr"], returns: "i32" },
  // int bind(int sockfd, const struct sockaddr *addr, socklen_t addrlen)
  bind: { args: ["i32", "ptr", "u32"], returns: "i32" },
  // int listen(int sockfd, int backlog)
  listen: { args: ["i32", "i32"], returns: "i32" },
  // int connect(int sockfd, const struct sockaddr *addr, socklen_t addrlen)
  connect: { args: ["i32", "ptr", "u32"], returns: "i32" },
  // int accept4(int sockfd, struct sockaddr *addr, socklen_t *addrlen, int flags)
  accept4: { args: ["i32", "ptr", "ptr", "i32"], returns: "i32" },
  // int getsockopt(int sockfd, int level, int optname, void *optval, socklen_t *optlen)
  getsockopt: { args: ["i32", "i32", "i32", "ptr", "ptr"], returns: "i32" },
  // int shutdown(int sockfd, int how)
  shutdown: { args: ["i32", "i32"], returns: "i32" },

  // Processes
  // int waitid(idtype_t idtype, id_t id, siginfo_t *infop, int options)
  waitid: { args: ["i32", "u32", "ptr", "i32"], returns: "i32" },
  // sighandler_t signal(int signum, sighandler_t handler); with SIG_IGN only, never a callback
  signal: { args: ["i32", "usize"], returns: FFIType.i64_fast },
  // long syscall(long number, long arg1, long arg2, long arg3)
  syscall: { args: ["i64", "i64", "i64", "i64"], returns: FFIType.i64_fast },
  // mode_t umask(mode_t mask)
  umask: { args: ["u32"], returns: "u32" },

  // The machine and its clocks
  // int clock_gettime(clockid_t clockid, struct timespec *tp)
  clock_gettime: { args: ["i32", "ptr"], returns: "i32" },

  // The system log
  // void openlog(const char *ident, int option, int facility); keeps ident, does not copy it
  openlog: { args: ["ptr", "i32", "i32"], returns: "void" },
  // void syslog(int priority, const char *format, const char *text); the format is always "%s"
  syslog: { args: ["i32", "ptr", "ptr"], returns: "void" },
} as const satisfies Record<string, FFIFunction>;

/** What neither a start nor a quiet agent calls; binding takes its time. */
const rare = {
  // Descriptors and files
  // int openat(int dirfd, const char *path, int flags, mode_t mode)
  openat: { args: ["i32", "ptr", "i32", "u32"], returns: "i32" },
  // int mkdirat(int dirfd, const char *path, mode_t mode)
  mkdirat: { args: ["i32", "ptr", "u32"], returns: "i32" },
  // int renameat(int olddirfd, const char *oldpath, int newdirfd, const char *newpath)
  renameat: { args: ["i32", "ptr", "i32", "ptr"], returns: "i32" },
  // int unlinkat(int dirfd, const char *path, int flags)
  unlinkat: { args: ["i32", "ptr", "i32"], returns: "i32" },
  // int symlinkat(const char *target, int newdirfd, const char *linkpath)
  symlinkat: { args: ["ptr", "i32", "ptr"], returns: "i32" },
  // ssize_t readlinkat(int dirfd, const char *path, char *buf, size_t bufsiz)
  readlinkat: { args: ["i32", "ptr", "ptr", "usize"], returns: FFIType.i64_fast },
  // int linkat(int olddirfd, const char *oldpath, int newdirfd, const char *newpath, int flags)
  linkat: { args: ["i32", "ptr", "i32", "ptr", "i32"], returns: "i32" },
  // int chmod(const char *path, mode_t mode)
  chmod: { args: ["ptr", "u32"], returns: "i32" },
  // int chown(const char *path, uid_t owner, gid_t group)
  chown: { args: ["ptr", "u32", "u32"], returns: "i32" },
  // int truncate(const char *path, off_t length)
  truncate: { args: ["ptr", "i64"], returns: "i32" },
  // int utimensat(int dirfd, const char *path, const struct timespec times[2], int flags)
  utimensat: { args: ["i32", "ptr", "ptr", "i32"], returns: "i32" },
  // off_t lseek(int fd, off_t offset, int whence)
  lseek: { args: ["i32", "i64", "i32"], returns: "i64" },
  // int statvfs(const char *path, struct statvfs *buf)
  statvfs: { args: ["ptr", "ptr"], returns: "i32" },
  // ssize_t getxattr(const char *path, const char *name, void *value, size_t size)
  getxattr: { args: ["ptr", "ptr", "ptr", "usize"], returns: FFIType.i64_fast },
  // int pipe2(int pipefd[2], int flags)
  pipe2: { args: ["ptr", "i32"], returns: "i32" },

  // Network interfaces and addresses. The list is a number that only ifaddrs.ts sees.
  // int getifaddrs(struct ifaddrs **ifap)
  getifaddrs: { args: ["ptr"], returns: "i32" },
  // void freeifaddrs(struct ifaddrs *ifa)
  freeifaddrs: { args: ["ptr"], returns: "void" },
  // const char *inet_ntop(int af, const void *src, char *dst, socklen_t size)
  inet_ntop: { args: ["i32", "ptr", "ptr", "u32"], returns: "ptr" },

  // Streams. FILE * is a number that only c-file.ts sees.
  // FILE *fdopen(int fd, const char *mode)
  fdopen: { args: ["i32", "ptr"], returns: "ptr" },
  // size_t fread(void *ptr, size_t size, size_t nmemb, FILE *stream)
  fread: { args: ["ptr", "usize", "usize", "ptr"], returns: FFIType.u64_fast },
  // size_t fwrite(const void *ptr, size_t size, size_t nmemb, FILE *stream)
  fwrite: { args: ["ptr", "usize", "usize", "ptr"], returns: FFIType.u64_fast },
  // int fflush(FILE *stream)
  fflush: { args: ["ptr"], returns: "i32" },
  // int fseeko(FILE *stream, off_t offset, int whence)
  fseeko: { args: ["ptr", "i64", "i32"], returns: "i32" },
  // off_t ftello(FILE *stream)
  ftello: { args: ["ptr"], returns: "i64" },
  // int ferror(FILE *stream)
  ferror: { args: ["ptr"], returns: "i32" },
  // int feof(FILE *stream)
  feof: { args: ["ptr"], returns: "i32" },
  // void clearerr(FILE *stream)
  clearerr: { args: ["ptr"], returns: "void" },
  // int fclose(FILE *stream)
  fclose: { args: ["ptr"], returns: "i32" },

  // Processes
  // int posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *file_actions, const posix_spawnattr_t *attrp, char *const argv[], char *const envp[])
  posix_spawn: { args: ["ptr", "ptr", "ptr", "ptr", "ptr", "ptr"], returns: "i32" },
  // int posix_spawn_file_actions_init(posix_spawn_file_actions_t *file_actions)
  posix_spawn_file_actions_init: { args: ["ptr"], returns: "i32" },
  // int posix_spawn_file_actions_destroy(posix_spawn_file_actions_t *file_actions)
  posix_spawn_file_actions_destroy: { args: ["ptr"], returns: "i32" },
  // int posix_spawn_file_actions_adddup2(posix_spawn_file_actions_t *file_actions, int fd, int newfd)
  posix_spawn_file_actions_adddup2: { args: ["ptr", "i32", "i32"], returns: "i32" },
  // int posix_spawn_file_actions_addopen(posix_spawn_file_actions_t *file_actions, int fd, const char *path, int oflag, mode_t mode)
  posix_spawn_file_actions_addopen: { args: ["ptr", "i32", "ptr", "i32", "u32"], returns: "i32" },
  // int posix_spawnattr_init(posix_spawnattr_t *attr)
  posix_spawnattr_init: { args: ["ptr"], returns: "i32" },
  // int posix_spawnattr_destroy(posix_spawnattr_t *attr)
  posix_spawnattr_destroy: { args: ["ptr"], returns: "i32" },
  // int posix_spawnattr_setflags(posix_spawnattr_t *attr, short flags)
  posix_spawnattr_setflags: { args: ["ptr", "i16"], returns: "i32" },
  // int posix_spawnattr_setsigmask(posix_spawnattr_t *attr, const sigset_t *sigmask)
  posix_spawnattr_setsigmask: { args: ["ptr", "ptr"], returns: "i32" },
  // int posix_spawnattr_setsigdefault(posix_spawnattr_t *attr, const sigset_t *sigdefault)
  posix_spawnattr_setsigdefault: { args: ["ptr", "ptr"], returns: "i32" },
  // int getrlimit(__rlimit_resource_t resource, struct rlimit *rlim)
  getrlimit: { args: ["i32", "ptr"], returns: "i32" },
  // int setrlimit(__rlimit_resource_t resource, const struct rlimit *rlim)
  setrlimit: { args: ["i32", "ptr"], returns: "i32" },
  // int kill(pid_t pid, int sig)
  kill: { args: ["i32", "i32"], returns: "i32" },
  // int execve(const char *path, char *const argv[], char *const envp[])
  execve: { args: ["ptr", "ptr", "ptr"], returns: "i32" },

  // Memory
  // int mlockall(int flags)
  mlockall: { args: ["i32"], returns: "i32" },

  // Accounts
  // int getpwnam_r(const char *name, struct passwd *pwd, char *buf, size_t buflen, struct passwd **result)
  getpwnam_r: { args: ["ptr", "ptr", "ptr", "usize", "ptr"], returns: "i32" },
  // int getgrouplist(const char *user, gid_t group, gid_t *groups, int *ngroups)
  getgrouplist: { args: ["ptr", "u32", "ptr", "ptr"], returns: "i32" },

  // The machine and its clocks
  // int uname(struct utsname *buf)
  uname: { args: ["ptr"], returns: "i32" },
  // long sysconf(int name)
  sysconf: { args: ["i32"], returns: FFIType.i64_fast },
  // int gethostname(char *name, size_t len)
  gethostname: { args: ["ptr", "usize"], returns: "i32" },
  // int adjtimex(struct timex *buf)
  adjtimex: { args: ["ptr"], returns: "i32" },
  // int clock_settime(clockid_t clockid, const struct timespec *tp)
  clock_settime: { args: ["i32", "ptr"], returns: "i32" },
  // void tzset(void)
  tzset: { args: [], returns: "void" },
  // struct tm *localtime_r(const time_t *timep, struct tm *result)
  localtime_r: { args: ["ptr", "ptr"], returns: "ptr" },
} as const satisfies Record<string, FFIFunction>;

/** The second shape of a variadic function: the same name cannot stand twice in one table. */
const pointerForms = {
  // int fcntl(int fd, int op, struct flock *lock)
  fcntl: { args: ["i32", "i32", "ptr"], returns: "i32" },
  // long syscall(SYS_statx, int dirfd, const char *path, int flags, unsigned mask, struct statx *buf)
  // long syscall(SYS_getdents64, int fd, void *dirp, size_t count, 0, NULL)
  // long syscall(SYS_getgroups, int size, gid_t *list, 0, 0, NULL); SYS_setgroups is the same
  syscall: { args: ["i64", "i64", "ptr", "i64", "i64", "ptr"], returns: FFIType.i64_fast },
} as const satisfies Record<string, FFIFunction>;

/** A third form of syscall(2), with two pointers in a row. */
const openat2Form = {
  // long syscall(SYS_openat2, int dirfd, const char *path, struct open_how *how, size_t size)
  syscall: { args: ["i64", "i64", "ptr", "ptr", "usize"], returns: FFIType.i64_fast },
} as const satisfies Record<string, FFIFunction>;

/** A fourth one, with a pointer behind each of two numbers. */
const renameat2Form = {
  // long syscall(SYS_renameat2, int olddirfd, const char *oldpath, int newdirfd, const char *newpath, unsigned flags)
  syscall: { args: ["i64", "i64", "ptr", "i64", "ptr", "i64"], returns: FFIType.i64_fast },
} as const satisfies Record<string, FFIFunction>;

/** Functions that older libcs lack: null where missing. */
const optional = {
  /** glibc 2.29, musl 1.1.24. */
  // int posix_spawn_file_actions_addfchdir_np(posix_spawn_file_actions_t *file_actions, int fd)
  posix_spawn_file_actions_addfchdir_np: { args: ["ptr", "i32"], returns: "i32" },
} as const satisfies Record<string, FFIFunction>;

type Bound<T extends Record<string, FFIFunction>> = Library<T>["symbols"];

type Optional = { readonly [K in keyof typeof optional]: Bound<typeof optional>[K] | null };

export type Symbols = Bound<typeof common> & {
  readonly fcntlPointer: Bound<typeof pointerForms>["fcntl"];
  readonly syscallPointer: Bound<typeof pointerForms>["syscall"];
};
export type RareSymbols = Bound<typeof rare> &
  Optional & {
    readonly syscallOpenat2: Bound<typeof openat2Form>["syscall"];
    readonly syscallRenameat2: Bound<typeof renameat2Form>["syscall"];
  };

let bound: Symbols | null = null;
let boundRare: RareSymbols | null = null;

/** The symbol table; bound at first use. */
export function libc(): Symbols {
  bound ??= bindFirstOf(sonames, bind);
  return bound;
}

/** The symbols that are rarely called; bound at first use. */
export function rareLibc(): RareSymbols {
  boundRare ??= bindFirstOf(sonames, bindRare);
  return boundRare;
}

/** Binds every symbol, once; later calls do nothing. For when nothing may be loaded any more. */
export function openLibc(): void {
  libc();
  rareLibc();
}

/** What the runtime says of a call into C where it may not compile any code. */
const needsCompiler = "requires the JIT";

/** @throws NoLibc naming each library that was tried and what became of it. */
function bindFirstOf<T>(libraries: readonly string[], bindTo: (soname: string) => T): T {
  const failures: string[] = [];
  for (const soname of libraries) {
    try {
      return bindTo(soname);
    } catch (error) {
      failures.push(`${soname}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  if (failures.some((each) => each.includes(needsCompiler))) {
    throw new NoLibc(
      "Cannot call libc: the runtime may not compile code; SELinux (execmem), systemd " +
        "(MemoryDenyWriteExecute=) or BUN_JSC_useJIT=0 keeps it from that",
    );
  }
  throw new NoLibc(`Cannot bind libc; tried ${failures.join("; ")}`);
}

function bind(soname: string): Symbols {
  const { fcntl, syscall } = dlopen(soname, pointerForms).symbols;
  return {
    ...dlopen(soname, common).symbols,
    fcntlPointer: fcntl,
    syscallPointer: syscall,
  };
}

function bindRare(soname: string): RareSymbols {
  return {
    ...dlopen(soname, rare).symbols,
    ...bindOptional(soname),
    syscallOpenat2: dlopen(soname, openat2Form).symbols.syscall,
    syscallRenameat2: dlopen(soname, renameat2Form).symbols.syscall,
  };
}

function bindOptional(soname: string): Optional {
  try {
    return dlopen(soname, optional).symbols;
  } catch {
    // The library itself was opened a moment ago, so it is the symbol that is missing.
    return { posix_spawn_file_actions_addfchdir_np: null };
  }
}
