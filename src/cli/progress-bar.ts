import { shownPath } from "../client/copy/place.ts";
import type { Progress } from "../client/copy/progress.ts";
import { printable } from "../client/printable.ts";
import type { Io } from "./io.ts";

const drawMs = 200;
const msPerSecond = 1000;
/** What the rate is taken from. */
const rateMs = 5_000;
const barChars = 20;
const columnsDefault = 80;
const eraseLine = "\r\u001b[K";

/** One line on a terminal that says how far a copy is, how fast it goes and how long it will take. */
export class ProgressBar implements Disposable {
  readonly isShown: boolean;
  readonly #progress: Progress;
  readonly #io: Io;
  readonly #timer: ReturnType<typeof setInterval> | undefined;
  readonly #samples: { readonly ms: number; readonly bytes: bigint }[] = [];
  #isDrawn = false;

  constructor(progress: Progress, isShown: boolean, io: Io) {
    this.#progress = progress;
    this.isShown = isShown;
    this.#io = io;
    if (isShown) this.#timer = setInterval(() => this.#draw(), drawMs);
  }

  /** Says something that stays. */
  above(text: string): void {
    this.#erase();
    this.#io.stderr(text);
  }

  /** Leaves how it ended. */
  end(): void {
    if (!this.isShown) return;
    clearInterval(this.#timer);
    // Nothing was begun.
    if (!this.#isDrawn && this.#progress.totalBytes === null) return;
    this.#draw();
    this.#io.stderr("\n");
    this.#isDrawn = false;
  }

  [Symbol.dispose](): void {
    this.end();
  }

  #erase(): void {
    if (this.#isDrawn) this.#io.stderr(eraseLine);
    this.#isDrawn = false;
  }

  #draw(): void {
    const now = performance.now();
    const { bytes } = this.#progress;
    this.#samples.push({ ms: now, bytes });
    while ((this.#samples[0]?.ms ?? now) < now - rateMs) this.#samples.shift();
    const [first] = this.#samples;
    const seconds = first === undefined ? 0 : (now - first.ms) / msPerSecond;
    const rate = first === undefined || seconds === 0 ? 0 : Number(bytes - first.bytes) / seconds;
    const columns = process.stderr.columns || columnsDefault;
    this.#io.stderr(`${eraseLine}${progressLine(this.#progress, rate, columns)}`);
    this.#isDrawn = true;
  }
}

/** What the line says, in no more than `columns` characters. @param rate bytes a second */
export function progressLine(progress: Progress, rate: number, columns: number): string {
  const { bytes, files, totalBytes, totalFiles } = progress;
  const parts: string[] = [];
  if (totalBytes !== null) {
    const share = totalBytes === 0n ? 1 : Math.min(1, Number(bytes) / Number(totalBytes));
    const full = Math.round(share * barChars);
    parts.push(
      `${String(Math.floor(share * 100)).padStart(3)}% [${"#".repeat(full)}${"-".repeat(barChars - full)}]`,
    );
  }
  parts.push(sizeText(Number(bytes)));
  if (totalFiles !== null && totalFiles > 1) parts.push(`${files}/${totalFiles} files`);
  parts.push(`${sizeText(rate)}/s`);
  if (totalBytes !== null && rate > 0) {
    parts.push(`${timeText(Number(totalBytes - bytes) / rate)} left`);
  }
  const line = parts.join("  ");
  const name = printable(shownPath(progress.current ?? ""));
  const room = columns - 1 - line.length - 2;
  const shown = name.length > room ? `…${name.slice(name.length - room + 1)}` : name;
  return (room > 8 && name !== "" ? `${line}  ${shown}` : line).slice(0, columns - 1);
}

const units = ["B", "KiB", "MiB", "GiB", "TiB"] as const;

export function sizeText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  for (; value >= 1000 && unit < units.length - 1; unit++) value /= 1024;
  const digits = unit === 0 || value >= 100 ? 0 : 1;
  return `${value.toFixed(digits)} ${units[unit]}`;
}

export function timeText(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const minutes = Math.floor(whole / 60);
  const two = (value: number) => String(value).padStart(2, "0");
  if (minutes < 60) return `${minutes}:${two(whole % 60)}`;
  return `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(whole % 60)}`;
}
