import { unknown } from "./view.ts";

const prefixes = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];

/** Such as `512 B` or `1.5 GiB`. */
export function bytesText(bytes: bigint | undefined): string {
  if (bytes === undefined) return unknown;
  let value = Number(bytes);
  let step = 0;
  while (Math.abs(value) >= 1024 && step < prefixes.length - 1) {
    value /= 1024;
    step++;
  }
  return `${step === 0 ? value : value.toFixed(1)} ${prefixes[step]}B`;
}

/** Such as `42%`, rounded up as df(1) does. */
export function shareText(part: bigint | undefined, whole: bigint | undefined): string {
  if (part === undefined || whole === undefined || whole <= 0n) return unknown;
  return `${(part * 100n + whole - 1n) / whole}%`;
}

/** Such as `3 d 04:05:06`. */
export function durationText(ms: bigint): string {
  const seconds = ms / 1000n;
  const two = (value: bigint) => String(value).padStart(2, "0");
  const time = `${two((seconds / 3600n) % 24n)}:${two((seconds / 60n) % 60n)}:${two(seconds % 60n)}`;
  const days = seconds / 86_400n;
  return days === 0n ? time : `${days} d ${time}`;
}
