import { expect, test } from "bun:test";
import { targets } from "../../build.ts";
import { findExecutable } from "../../packaging/launcher/find-executable.ts";
import { platforms } from "../../packaging/platforms.ts";

const resolve = (path: string) => `/somewhere/${path}`;

test("the launcher takes the executable of the machine's processor and C library", () => {
  const paths = platforms.map(({ cpu, libc }) =>
    findExecutable({ os: "linux", cpu, libc }, resolve),
  );
  expect(paths).toEqual([
    "/somewhere/@guestwire/linux-x64-baseline/bin/guestwire",
    "/somewhere/@guestwire/linux-arm64/bin/guestwire",
    "/somewhere/@guestwire/linux-x64-musl-baseline/bin/guestwire",
    "/somewhere/@guestwire/linux-arm64-musl/bin/guestwire",
  ]);
});

test("every executable that npm can choose is one that the build makes", () => {
  const names: readonly string[] = targets;
  expect(platforms.filter(({ target }) => !names.includes(target))).toEqual([]);
});

test.each([
  ["darwin", "arm64"],
  ["linux", "riscv64"],
])("on %s with %s it says what there is", (os, cpu) => {
  expect(findExecutable({ os, cpu, libc: "glibc" }, resolve)).toEqual({
    problem: `there is no executable for ${os} on ${cpu}; there is for Linux on x64 with glibc, arm64 with glibc, x64 with musl, arm64 with musl`,
  });
});

test("a package that npm left out is named", () => {
  const found = findExecutable({ os: "linux", cpu: "x64", libc: "musl" }, () => {
    throw new Error("Cannot find module\nRequire stack");
  });
  expect(found).toEqual({
    problem: expect.stringMatching(
      /^the package @guestwire\/linux-x64-musl-baseline is not installed, .* \(Cannot find module\)$/,
    ),
  });
});
