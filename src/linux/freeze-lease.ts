import { Fd } from "../../native/fd.ts";
import { readFileIfThere, unlink } from "../../native/files.ts";
import type { Timer } from "../../native/reactor.ts";
import { OpenFlag } from "../../native/structs.ts";
import { latin1Text } from "../../native/text.ts";

const msPerSecond = 1000;
const noteBytesMax = 64;

/** A freeze that ends by itself. */
export interface FreezeLease {
  /** From its beginning to its end. */
  readonly seconds: number;
  /** When it ends, by CLOCK_MONOTONIC. */
  readonly untilMs: number;
  /** What ends it in this process. */
  timer: Timer | null;
}

/** As it stands in the mark of a freeze, for an agent that is started meanwhile. */
export function formatLease({ seconds, untilMs }: FreezeLease): string {
  return `seconds=${seconds}\nuntil-ms=${Math.ceil(untilMs)}\n`;
}

/** Null where there is none. */
export function parseLease(text: string, nowMs: number): FreezeLease | null {
  const [, seconds, untilMs] = /^seconds=(\d{1,6})\nuntil-ms=(\d+)\n$/.exec(text) ?? [];
  if (seconds === undefined) return null;
  // A mark that has outlived its boot is of another clock.
  const latestMs = nowMs + Number(seconds) * msPerSecond;
  return {
    seconds: Number(seconds),
    untilMs: Math.min(Number(untilMs), latestMs),
    timer: null,
  };
}

/** How long a freeze has lasted when it is ended now, be it before its time. */
export function elapsedSeconds(
  { seconds, untilMs }: Pick<FreezeLease, "seconds" | "untilMs">,
  nowMs: number,
): number {
  const leftSeconds = Math.ceil((untilMs - nowMs) / msPerSecond);
  return seconds - Math.min(seconds, Math.max(0, leftSeconds));
}

/** So that the next agent can say that the snapshot is not to be trusted. @throws SysError */
export function leaveNote(path: string, seconds: number): void {
  const flags = OpenFlag.O_WRONLY | OpenFlag.O_CREAT | OpenFlag.O_TRUNC | OpenFlag.O_NOFOLLOW;
  using fd = Fd.open(path, flags, 0o600);
  fd.writeAll(Buffer.from(`${seconds}\n`));
}

/** After how many seconds a freeze has ended by itself, which is forgotten thereby; null: none has. @throws SysError */
export function takeNote(path: string): number | null {
  const bytes = readFileIfThere(path, noteBytesMax);
  if (bytes === null) return null;
  unlink(path);
  const [, seconds] = /^(\d{1,6})\n$/.exec(latin1Text(bytes)) ?? [];
  return seconds === undefined ? null : Number(seconds);
}
