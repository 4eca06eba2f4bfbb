/** Numbers as people read them: three digits that count, and the unit. */
import type { Unit } from "./rows/row.ts";

const digits = 3;

function scaled(value: number, step: number, units: readonly string[]): string {
  let index = 0;
  let shown = value;
  // 999.6 would be shown as 1000.
  while (index < units.length - 1 && Math.abs(shown) >= step * 0.9995) {
    shown /= step;
    index++;
  }
  return `${rounded(shown)}\u00a0${units[index]}`;
}

/** 0.012, 0.12, 1.23, 12.3, 123, 1234. */
export function rounded(value: number): string {
  if (value === 0) return "0";
  if (Math.abs(value) < 0.1) return value.toPrecision(digits - 1);
  // 99.96 has become 100 by then, which wants no fraction.
  const size = Math.abs(Number(value.toPrecision(digits)));
  const whole = Math.max(1, Math.floor(Math.log10(size)) + 1);
  return value.toFixed(Math.max(0, digits - whole));
}

export function formatNs(ns: number): string {
  return scaled(ns, 1000, ["ns", "µs", "ms", "s"]);
}

/** By powers of two, as memory is counted. */
export function formatBytes(bytes: number): string {
  return scaled(bytes, 1024, ["B", "KiB", "MiB", "GiB"]);
}

export function formatValue(value: number, unit: Unit): string {
  return unit === "ns" ? formatNs(value) : formatBytes(value);
}

/** By powers of ten, as rates are. */
export function formatRate(perSecond: number, unit: "bytes" | "requests"): string {
  const units = unit === "bytes" ? ["B/s", "kB/s", "MB/s", "GB/s"] : ["/s", "k/s", "M/s"];
  return scaled(perSecond, 1000, units);
}

export function formatRatio(ratio: number): string {
  return `${rounded(ratio)}×`;
}
