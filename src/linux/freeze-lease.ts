import type { Timer } from "../../native/reactor.ts";

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
  const msPerSecond = 1000;
  // A mark that has outlived its boot is of another clock.
  const latestMs = nowMs + Number(seconds) * msPerSecond;
  return {
    seconds: Number(seconds),
    untilMs: Math.min(Number(untilMs), latestMs),
    timer: null,
  };
}
