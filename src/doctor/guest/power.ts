import { type Check, info, ok, skipped } from "../finding.ts";
import type { System } from "../system.ts";

const topic = "Power";

const kibPerMib = 1024;

/** Its ids of the group of swap files and partitions (proc_swaps(5)); zram is memory. */
const inMemory = /^\/dev\/zram/;

export const hibernation: Check<System> = {
  id: "hibernate",
  topic,
  expected:
    "to hibernate (guest-suspend-disk) a guest needs swap as large as its memory, and to know it at boot",
  look({ tree }) {
    const states = tree.word("/sys/power/state");
    if (states === null) return skipped("the kernel does not tell");
    if (!states.split(" ").includes("disk")) return info("the kernel cannot hibernate");
    const memoryKib = Number(
      /^MemTotal:\s+(\d+) kB$/m.exec(tree.text("/proc/meminfo") ?? "")?.[1] ?? 0,
    );
    const swapKib = (tree.text("/proc/swaps") ?? "")
      .split("\n")
      .slice(1)
      .filter((line) => line !== "" && !inMemory.test(line))
      .reduce((sum, line) => sum + Number(line.split(/\s+/)[2] ?? 0), 0);
    const sizes = `${Math.round(swapKib / kibPerMib)} MiB of swap for ${Math.round(memoryKib / kibPerMib)} MiB of memory`;
    const resume = tree.word("/sys/power/resume") ?? "0:0";
    if (swapKib < memoryKib) return info(`${sizes}: it may be too little to hibernate`);
    if (resume === "0:0") return info(`${sizes}, but no device to wake up from (resume=)`);
    return ok(`${sizes}, to wake up from ${resume}`);
  },
};
