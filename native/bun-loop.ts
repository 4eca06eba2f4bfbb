/**
 * Bun's own event loop, seen from outside: where it waits, and how to let it have a turn.
 */
import { readdirSync, readlinkSync } from "node:fs";

/**
 * The number of the epoll set that Bun's loop waits on; null when it cannot be found (no /proc). It becomes
 * readable when Bun has something to do: its signal handler and its worker threads write to an eventfd inside.
 *
 * Bun makes it as the runtime starts, so it is the lowest of all. Ask before making another one.
 */
export function findBunEpoll(): number | null {
  const folder = "/proc/self/fd";
  let numbers: number[];
  try {
    numbers = readdirSync(folder).map(Number);
  } catch {
    // No /proc: the caller makes do with EINTR.
    return null;
  }
  for (const number of numbers.sort((a, b) => a - b)) {
    try {
      if (readlinkSync(`${folder}/${number}`) === "anon_inode:[eventpoll]") return number;
    } catch {
      // The descriptor with which the folder was read is closed by now.
    }
  }
  return null;
}

/**
 * Gives Bun's loop one turn: everything it has ready, signal handlers and settled promises included. It takes
 * two immediates, because Bun runs immediates first and polls afterwards.
 */
export async function bunTurn(): Promise<void> {
  await new Promise<void>((resolve) => setImmediate(resolve));
  await new Promise<void>((resolve) => setImmediate(resolve));
}
