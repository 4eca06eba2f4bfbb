/** The argument of this program that makes it write one size and end; see `formatSize` in file-system-size.ts. */
export const sizeSubcommand = "file-system-size";

/** The one that makes it work on the SSH keys of a user; see key-work.ts. */
export const keysSubcommand = "authorized-keys";
/** The argument of this program that makes it carry out what may wait inside the kernel; see outside/orders.ts. */
export const outsideSubcommand = "outside";

/** This program, under a name by which it is not taken for the agent, and also when its file has been replaced. */
export const thisProgram: readonly string[] = ["/proc/self/exe"];

/** The one that makes it become a program of another user; see user-program.ts. */
export const programSubcommand = "user-program";

/** The one that makes it hash a range of a file; see file-hash.ts. */
export const hashSubcommand = "file-hash";

/** The one that makes it find out whether a file system answers at all; see file-probe.ts. */
export const probeSubcommand = "file-probe";

/** The one that makes it write a file out to its disk; see file-sync.ts. */
export const syncSubcommand = "file-sync";
