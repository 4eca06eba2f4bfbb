import { SysError } from "../../native/errno.ts";
import { type FileStatus, fileStatusIfThere } from "../../native/file-status.ts";
import { unlink } from "../../native/files.ts";
import type { Reactor } from "../../native/reactor.ts";
import { connectUnix, listenUnix } from "../../native/socket.ts";
import { ChannelError } from "./channel.ts";
import { ListenerChannel } from "./listener.ts";

const backlog = 1;

/**
 * Listens on a path; its mode comes of the umask. A socket that nobody listens on any more is replaced. Unlike
 * qemu-ga, a socket in use and a file that is no socket are left alone.
 * @throws ChannelError
 */
export function openUnixListen(path: string, reactor: Reactor): ListenerChannel {
  removeStaleSocket(path);
  try {
    const listener = listenUnix(path, backlog);
    const bound = fileStatusIfThere(path, "keep");
    return new ListenerChannel(`unix-listen ${path}`, reactor, listener, () =>
      removeSocket(path, bound),
    );
  } catch (error) {
    throw error instanceof SysError ? ChannelError.opening(path, error) : error;
  }
}

function removeStaleSocket(path: string): void {
  const there = fileStatusIfThere(path, "keep");
  if (there === null) return;
  if (there.type !== "socket") {
    throw new ChannelError(`error opening channel '${path}': there is a file that is no socket`);
  }
  try {
    connectUnix(path).close();
  } catch (error) {
    if (error instanceof SysError && error.code === "ECONNREFUSED") return unlink(path);
    throw error instanceof SysError ? ChannelError.opening(path, error) : error;
  }
  throw new ChannelError(`error opening channel '${path}': another process listens on it`);
}

/** Only the socket that was bound here: by now another agent may have put its own in that place. */
function removeSocket(path: string, bound: FileStatus | null): void {
  const there = fileStatusIfThere(path, "keep");
  if (there !== null && there.ino === bound?.ino && there.dev === bound.dev) unlink(path);
}
