import { expect, test } from "bun:test";
import {
  formatBytes,
  formatNs,
  formatRate,
  formatRatio,
  rounded,
} from "../../src/client/bench/units.ts";

const plain = (text: string) => text.replaceAll("\u00a0", " ");

test.each([
  [0, "0"],
  [0.0031234, "0.0031"],
  [0.056, "0.056"],
  [0.5, "0.50"],
  [1, "1.00"],
  [9.994, "9.99"],
  [9.996, "10.0"],
  [99.96, "100"],
  [123.4, "123"],
  [1234.5, "1235"],
])("%d is shown as %s", (value, text) => {
  expect(rounded(value)).toBe(text);
});

test.each([
  [0, "0 ns"],
  [999, "999 ns"],
  [999.6, "1.00 µs"],
  [15_240, "15.2 µs"],
  [2_500_000, "2.50 ms"],
  [61_000_000_000, "61.0 s"],
  [5_000_000_000_000, "5000 s"],
])("%d ns is shown as %s", (ns, text) => {
  expect(plain(formatNs(ns))).toBe(text);
});

test("bytes go by powers of two, rates by powers of ten", () => {
  expect(plain(formatBytes(1024))).toBe("1.00 KiB");
  expect(plain(formatBytes(62 * 2 ** 20))).toBe("62.0 MiB");
  expect(plain(formatRate(1024, "bytes"))).toBe("1.02 kB/s");
  expect(plain(formatRate(30_000, "requests"))).toBe("30.0 k/s");
  expect(formatRatio(2.345)).toBe("2.35×");
});
