import { errnoOf, SysError } from "../../native/errno.ts";
import { type FileStatus, fileStatusIfThere } from "../../native/file-status.ts";
import { unlink } from "../../native/files.ts";
import type { Reactor } from "../../native/reactor.ts";
import { connectUnix, listenUnix } from "../../native/socket.ts";
import { absolutePath } from "../linux/paths.ts";
import { ChannelError } from "./channel.ts";
import { ListenerChannel } from "./listener.ts";

const backlog = 1;

/**
 * Listens on a path; its mode comes of the umask. A socket that nobody listens on any more is replaced. Unlike
 * qemu-ga, a socket in use and a file that is no socket are left alone.
 * @throws ChannelError
 */
export function openUnixListen(path: string, reactor: Reactor): ListenerChannel {
  // An empty path would be bound to a name that nobody knows (unix(7), autobind).
  if (path === "") throw bindingFailed(path, new SysError("bind", errnoOf("ENOENT"), path));
  removeStaleSocket(path);
  try {
    const listener = listenUnix(path, backlog);
    const bound = fileStatusIfThere(path, "keep");
    // By the end a daemon is in another folder.
    const lastingPath = absolutePath(path);
    return new ListenerChannel(`unix-listen ${path}`, reactor, listener, () =>
      removeSocket(lastingPath, bound),
    );
  } catch (error) {
    throw error instanceof SysError ? bindingFailed(path, error) : error;
  }
}

function bindingFailed(path: string, error: SysError): ChannelError {
  const message =
    error.code === "ENAMETOOLONG"
      ? `UNIX socket path '${path}' is too long`
      : `Failed to bind socket to ${path}: ${error.text}`;
  return new ChannelError(message, { cause: error });
}

function removeStaleSocket(path: string): void {
  const failing = `Failed to unlink socket ${path}`;
  try {
    const there = fileStatusIfThere(path, "keep");
    if (there === null) return;
    if (there.type === "directory") throw new ChannelError(`${failing}: Is a directory`);
    if (there.type !== "socket") throw new ChannelError(`${failing}: it is no socket`);
    if (isListenedOn(path)) {
      throw new ChannelError(`Failed to bind socket to ${path}: Address already in use`);
    }
    unlink(path);
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    // A path that leads nowhere or is too long is told by bind(2), in its words.
    if (!["ENOTDIR", "ENAMETOOLONG"].includes(error.code)) {
      throw new ChannelError(`${failing}: ${error.text}`, { cause: error });
    }
  }
}

function isListenedOn(path: string): boolean {
  try {
    connectUnix(path).close();
  } catch (error) {
    if (error instanceof SysError && error.code === "ECONNREFUSED") return false;
    // The other agent's backlog is full.
    if (!(error instanceof SysError) || error.code !== "EAGAIN") throw error;
  }
  return true;
}

/** Only the socket that was bound here: by now another agent may have put its own in that place. */
function removeSocket(path: string, bound: FileStatus | null): void {
  const there = fileStatusIfThere(path, "keep");
  if (there !== null && there.ino === bound?.ino && there.dev === bound.dev) unlink(path);
}
