/** The argument of this program that makes it write one size and end; see `formatSize` in file-system-size.ts. */
export const sizeSubcommand = "file-system-size";

/** The one that makes it work on the SSH keys of a user; see key-work.ts. */
export const keysSubcommand = "authorized-keys";

/** The one that makes it find out whether a file system answers at all; see file-probe.ts. */
export const probeSubcommand = "file-probe";
