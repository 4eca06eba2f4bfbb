import { expect, test } from "bun:test";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { type ShutdownMode, shutdownArgv } from "../../src/linux/shutdown.ts";
import { tempFolder } from "../native/temp-folder.ts";

const folder = tempFolder();
let rootCount = 0;

function argvWith(mode: ShutdownMode, programs: readonly string[], path?: string) {
  const root = `${folder}/${rootCount++}`;
  for (const program of programs) {
    mkdirSync(dirname(`${root}${program}`), { recursive: true });
    writeFileSync(`${root}${program}`, "#!/bin/sh\n");
    chmodSync(`${root}${program}`, 0o755);
  }
  return shutdownArgv(mode, root, path).join(" ");
}

test.each([
  ["powerdown", "/sbin/poweroff", "-P"],
  ["halt", "/sbin/halt", "-H"],
  ["reboot", "/sbin/reboot", "-r"],
] as const)("%s is %s, or shutdown(8) where that is missing", (mode, program, flag) => {
  const shutdown = `/sbin/shutdown -h ${flag} +0 hypervisor initiated shutdown`;
  expect(argvWith(mode, [program, "/sbin/shutdown"])).toBe(program);
  expect(argvWith(mode, ["/sbin/shutdown"])).toBe(shutdown);
  expect(argvWith(mode, [])).toBe(shutdown);
});

test("without /sbin the program is looked for along PATH", () => {
  const path = "/run/wrappers/bin:/run/current-system/sw/bin";
  const program = "/run/current-system/sw/bin/poweroff";
  expect(argvWith("powerdown", [program], path)).toBe(program);
});

test("busybox that was installed without links will do", () => {
  expect(argvWith("reboot", ["/bin/busybox"], "/usr/bin:/bin")).toBe("/bin/busybox reboot");
});
