/** Where each target of the build runs, in the words of those who pick a package by it. */
export interface Platform {
  /** Of the build. */
  readonly target: string;
  /** As Node names it (`process.arch`), and npm in `cpu`. */
  readonly cpu: "x64" | "arm64";
  /** As npm names it in `libc`. */
  readonly libc: "glibc" | "musl";
  /** The architecture's names in Debian and Fedora, where this target is the one for their packages. */
  readonly packages?: { readonly debian: string; readonly fedora: string };
}

/**
 * One a processor and C library. The target `x64` is left out: a package cannot ask whether a CPU has AVX2, and
 * `x64-baseline` runs on all that it runs on.
 */
export const platforms = [
  {
    target: "x64-baseline",
    cpu: "x64",
    libc: "glibc",
    packages: { debian: "amd64", fedora: "x86_64" },
  },
  {
    target: "arm64",
    cpu: "arm64",
    libc: "glibc",
    packages: { debian: "arm64", fedora: "aarch64" },
  },
  { target: "x64-musl-baseline", cpu: "x64", libc: "musl" },
  { target: "arm64-musl", cpu: "arm64", libc: "musl" },
] as const satisfies readonly Platform[];

/** The npm package that has the executable of a target. */
export function npmName(target: string): string {
  return `@guestwire/linux-${target}`;
}
