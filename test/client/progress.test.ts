/** What the line on a terminal says. */
import { expect, test } from "bun:test";
import { progressLine, sizeText, timeText } from "../../src/cli/progress-bar.ts";
import { Progress } from "../../src/client/copy/progress.ts";

const mebibyte = 1024 * 1024;

test("how far, how fast, how long still, and what", () => {
  const progress = new Progress();
  progress.totalBytes = BigInt(100 * mebibyte);
  progress.totalFiles = 2;
  progress.begin("/a", BigInt(20 * mebibyte)).done();
  const file = progress.begin("/b\u001b[31m", BigInt(80 * mebibyte));
  file.at(BigInt(5 * mebibyte));
  expect(progressLine(progress, 10 * mebibyte, 120)).toBe(
    " 25% [#####---------------]  25.0 MiB  1/2 files  10.0 MiB/s  0:08 left  /b\\u001b[31m",
  );
  expect(progressLine(progress, 10 * mebibyte, 60)).toHaveLength(59);
});

test("a file that is begun again is not counted twice", () => {
  const progress = new Progress();
  {
    using lost = progress.begin("/a", 100n);
    lost.at(70n);
    expect(progress.bytes).toBe(70n);
  }
  expect([progress.bytes, progress.files]).toEqual([0n, 0]);
  using again = progress.begin("/a", 100n);
  again.done();
  expect([progress.bytes, progress.files, progress.current]).toEqual([100n, 1, null]);
});

test.each([
  [0, "0 B"],
  [999, "999 B"],
  [1024, "1.0 KiB"],
  [150 * mebibyte, "150 MiB"],
  [5 * 2 ** 50, "5120 TiB"],
])("%d bytes", (bytes, text) => {
  expect(sizeText(bytes)).toBe(text);
});

test.each([
  [0, "0:00"],
  [59.6, "1:00"],
  [3725, "1:02:05"],
])("%d seconds", (seconds, text) => {
  expect(timeText(seconds)).toBe(text);
});
