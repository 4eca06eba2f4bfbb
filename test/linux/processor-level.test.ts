import { expect, test } from "bun:test";
import { missingX86V2Features, x86V2Features } from "../../src/linux/processor-level.ts";
import { systemRoots } from "./system-root.ts";

const rootWith = systemRoots();

/** The flags of QEMU's models under Linux 6.1, without those that no level asks for. */
const qemu64 =
  "fpu vme de pse tsc msr pae mce cx8 sse sse2 syscall nx lm pni cx16 hypervisor lahf_lm";
const nehalem = `${qemu64} ssse3 sse4_1 sse4_2 popcnt`;

function missing(cpuinfo: string): string[] {
  return missingX86V2Features(rootWith({ "/proc/cpuinfo": cpuinfo }));
}

test("Nehalem has all of x86-64-v2, and qemu64 has not", () => {
  expect(missing(`processor\t: 0\nflags\t\t: ${nehalem}\nbugs\t\t:\n`)).toEqual([]);
  expect(missing(`processor\t: 0\nflags\t\t: ${qemu64}\nbugs\t\t:\n`)).toEqual([
    "popcnt",
    "sse4_1",
    "sse4_2",
    "ssse3",
  ]);
});

test("other machines lack nothing of it", () => {
  expect(missing("processor\t: 0\nFeatures\t: fp asimd\n")).toEqual([]);
});

test("systemd is asked for the same features, which it knows", async () => {
  const unit = await Bun.file(
    `${import.meta.dir}/../../src/install/assets/guestwire.service`,
  ).text();
  const asked = [...unit.matchAll(/^ConditionCPUFeature=(.*)$/gm)].map(([, feature]) => feature);
  expect(asked).toEqual([...x86V2Features]);
});
