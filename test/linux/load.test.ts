import { expect, test } from "bun:test";
import { loadAverages } from "../../src/linux/load.ts";
import { systemRoots } from "./system-root.ts";

const rootWith = systemRoots();

test("the averages over 1, 5 and 15 minutes", () => {
  const root = rootWith({ "/proc/loadavg": "0.02 12.50 9.00 1/90 7431\n" });
  expect(loadAverages(root)).toEqual([0.02, 12.5, 9]);
});

test.each(["", "\n", "0.02 12.50\n", "0.02 12.50 many 1/90 7431\n"])(
  "%j has no averages, which is not none",
  (text) => {
    expect(() => loadAverages(rootWith({ "/proc/loadavg": text }))).toThrow("EINVAL");
  },
);

test("without the file there are none", () => {
  expect(() => loadAverages(rootWith({}))).toThrow("ENOENT");
});
