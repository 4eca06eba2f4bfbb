import { readFile } from "../../native/files.ts";

/** /proc/cpuinfo of machines with hundreds of processors has some hundred KiB. */
const cpuinfoBytesMax = 16 * 1024 * 1024;

/** What x86-64-v2 (Nehalem, 2008) has beyond the first x86-64, under the kernel's names (x86-64 psABI, 3.1.1). */
export const x86V2Features = ["cx16", "lahf_lm", "popcnt", "pni", "sse4_1", "sse4_2", "ssse3"];

/** Those of x86-64-v2 that the first processor lacks; empty also on machines of another kind. @throws SysError */
export function missingX86V2Features(root: string): string[] {
  const text = new TextDecoder().decode(readFile(`${root}/proc/cpuinfo`, cpuinfoBytesMax));
  const flags = /^flags\s*:(.*)$/m.exec(text)?.[1]?.trim().split(/\s+/);
  return flags === undefined ? [] : x86V2Features.filter((feature) => !flags.includes(feature));
}
