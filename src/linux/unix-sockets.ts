import type { FileTree } from "./file-tree.ts";

/** Who is at a unix socket that listens. */
export interface SocketUse {
  readonly isListenedOn: boolean;
  /** Connections that have been accepted. */
  readonly servedCount: number;
  /** Connections that wait to be. */
  readonly waitingCount: number;
}

/** SO_ACCEPTCON, in the column of flags. */
const accepting = 0x10000;
/** `SS_CONNECTED` and `SS_CONNECTING` of <linux/net.h>: what waits to be accepted has no socket yet. */
const connected = "03";
const connecting = "02";

/**
 * By `/proc/net/unix` (proc_net(5), unix_seq_show() in net/unix/af_unix.c), which has the accepted ends under the path
 * of the socket they came to. Null where the path is in no row: nobody is there, or in another network namespace.
 * @throws SysError
 */
export function socketUse(tree: FileTree, path: string): SocketUse | null {
  const rows = (tree.text("/proc/net/unix") ?? "").split("\n").flatMap((line) => {
    // The path may have blanks in it.
    const [, flags = "", state = "", bound = ""] =
      /^\S+: \S+ \S+ (\S+) \S+ (\S+) +\d+ (.*)$/.exec(line) ?? [];
    return bound === path ? [{ flags: Number.parseInt(flags, 16), state }] : [];
  });
  if (rows.length === 0) return null;
  const isListening = ({ flags }: { flags: number }) => (flags & accepting) !== 0;
  const ends = rows.filter((row) => !isListening(row));
  return {
    isListenedOn: rows.some(isListening),
    servedCount: ends.filter(({ state }) => state === connected).length,
    waitingCount: ends.filter(({ state }) => state === connecting).length,
  };
}
