/** The argument of this program that makes it write one size and end; see `formatSize` in file-system-size.ts. */
export const sizeSubcommand = "file-system-size";
