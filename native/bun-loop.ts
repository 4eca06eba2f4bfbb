/**
 * Bun's own event loop, seen from outside: where it waits, and how to let it have a turn.
 */
import { SysError } from "./errno.ts";
import { readLink } from "./files.ts";
import { listFolder } from "./folder.ts";

const folder = "/proc/self/fd";

/**
 * The numbers of all epoll sets of this process; none where there is no /proc. One of them is what Bun's loop
 * waits on: it becomes readable when Bun has something to do, because the runtime's signal handler and worker
 * threads write to an eventfd in it. Others belong to threads of the runtime; nothing tells which is which, and
 * the order in which they are made is a matter of chance.
 */
export function epollNumbers(): number[] {
  let names: string[];
  try {
    names = listFolder(folder);
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    // No /proc: EINTR has to do.
    return [];
  }
  const numbers: number[] = [];
  for (const name of names) if (isEpoll(`${folder}/${name}`)) numbers.push(Number(name));
  return numbers;
}

function isEpoll(link: string): boolean {
  try {
    return readLink(link) === "anon_inode:[eventpoll]";
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    // The descriptor with which the folder was read is closed by now.
    return false;
  }
}

/**
 * Gives Bun's loop one turn: everything it has ready, signal handlers and settled promises included. It takes
 * two immediates, because Bun runs immediates first and polls afterwards.
 */
export async function bunTurn(): Promise<void> {
  await new Promise<void>((resolve) => setImmediate(resolve));
  await new Promise<void>((resolve) => setImmediate(resolve));
}
