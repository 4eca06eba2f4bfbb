/**
 * A folder as the root of a file system, such as an unpacked image: paths begin in it, and nothing that a symbolic link
 * in it says leads out, be it absolute or full of dots.
 */
import { cstring } from "./cstring.ts";
import { Errno, errnoNow, SysError } from "./errno.ts";
import { Fd } from "./fd.ts";
import { rareLibc } from "./libc.ts";
import { rawFd, wrapFd } from "./raw-fd.ts";
import { type WalkGuard, walkInRoot } from "./root-walk.ts";
import { OpenFlag, OpenHow, Resolve, Syscall } from "./structs.ts";

/** openat2(2) gives EAGAIN when something was renamed meanwhile, and asks to be called again. */
const openTriesMax = 100;

/** Whom paths are resolved by: the kernel, or us where the kernel is older than 5.6 or does not let us. */
export type Resolver = "kernel" | "walk";

export class RootFolder implements Disposable {
  /** As it was given, without slashes at the end; empty for "/". What errors call things begins with it. */
  readonly path: string;
  readonly #folder: Fd;
  #resolver: Resolver;

  private constructor(path: string, folder: Fd, resolver: Resolver) {
    this.path = path;
    this.#folder = folder;
    this.#resolver = resolver;
  }

  /** Links on the way to the folder itself are followed: that way is the caller's. @throws SysError */
  static open(path: string, resolver: Resolver = "kernel"): RootFolder {
    const folder = Fd.open(path, OpenFlag.O_PATH | OpenFlag.O_DIRECTORY);
    return new RootFolder(path.replace(/\/+$/, ""), folder, resolver);
  }

  /** Whether both are the same folder, whatever their paths. @throws SysError */
  isSameAs(other: RootFolder): boolean {
    const [ours, theirs] = [this.#folder.stat(), other.#folder.stat()];
    return ours.dev === theirs.dev && ours.ino === theirs.ino;
  }

  /**
   * Opens what is there, with O_CLOEXEC; it makes nothing, see folder-entry.ts for that.
   * @param path absolute, as seen from this root
   * @throws SysError about the whole path
   */
  open(path: string, flags: number): Fd {
    const subject = this.subject(path);
    if (this.#resolver === "walk") return walkInRoot(this.#folder, path, flags, subject);
    const how = OpenHow.make({
      flags: BigInt(flags | OpenFlag.O_CLOEXEC),
      mode: 0n,
      resolve: BigInt(Resolve.RESOLVE_IN_ROOT | Resolve.RESOLVE_NO_MAGICLINKS),
    });
    const name = cstring(path);
    for (let tries = 1; ; tries++) {
      const folder = rawFd(this.#folder);
      const number = rareLibc().syscallOpenat2(
        Syscall.SYS_openat2,
        folder,
        name,
        how,
        how.length,
      ) as number;
      if (number !== -1) return wrapFd(number, subject);
      const errno = errnoNow();
      // Filters of system calls that do not know this one answer EPERM (old container engines); an open(2) never does
      // for what opens the file of a root that is looked into.
      if (errno === Errno.ENOSYS || errno === Errno.EPERM) {
        this.#resolver = "walk";
        return walkInRoot(this.#folder, path, flags, subject);
      }
      const isRace = errno === Errno.EINTR || errno === Errno.EAGAIN;
      if (!isRace || tries === openTriesMax) throw new SysError("open", errno, subject);
    }
  }

  /** The same step by step, under a guard. @throws SysError about the whole path; what the guard throws */
  openGuarded(path: string, flags: number, guard: WalkGuard): Fd {
    return walkInRoot(this.#folder, path, flags, this.subject(path), guard);
  }

  /** As `open`, or null where nothing of that name is. @throws SysError */
  openIfThere(path: string, flags: number): Fd | null {
    try {
      return this.open(path, flags);
    } catch (error) {
      const errno = error instanceof SysError ? error.errno : null;
      if (errno === Errno.ENOENT || errno === Errno.ENOTDIR) return null;
      throw error;
    }
  }

  /** What errors call a path of this root. */
  subject(path: string): string {
    return `${this.path}${path}`;
  }

  [Symbol.dispose](): void {
    this.#folder[Symbol.dispose]();
  }
}
