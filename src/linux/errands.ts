/** The argument of this program that makes it write one size and end; see `formatSize` in file-system-size.ts. */
export const sizeSubcommand = "file-system-size";

/** The argument of this program that makes it carry out what may wait inside the kernel; see outside/orders.ts. */
export const outsideSubcommand = "outside";

/** The one that makes it work on the SSH keys of a user; see key-work.ts. */
export const keysSubcommand = "authorized-keys";
