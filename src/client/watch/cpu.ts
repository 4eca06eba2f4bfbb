import type { ReturnOf } from "../../commands/registry.ts";
import { pairs, percentOf } from "./rates.ts";

type Times = ReturnOf<"guest-get-cpustats">[number];

/** Where a processor's time went, in percent of it. */
export interface CpuShares {
  readonly busy: number;
  /** Programs, those of low priority as well. */
  readonly user: number;
  /** The kernel and interrupts. */
  readonly system: number;
  /** Nothing to do but wait for a disk. Not part of `busy`. */
  readonly iowait: number;
  /** Taken by the host. */
  readonly steal: number;
}

export interface CpuFigures {
  /** Of all processors that were online all the time; null where nothing is known. */
  readonly all: CpuShares | null;
  readonly processors: readonly { readonly cpu: number; readonly shares: CpuShares | null }[];
}

const kinds = ["user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal"] as const;
type Growth = Readonly<Record<(typeof kinds)[number], number>>;

export function cpuFigures(before: readonly Times[], now: readonly Times[]): CpuFigures {
  const processors = pairs(before, now, ({ cpu }) => String(cpu)).map(([times, earlier]) => ({
    cpu: Number(times.cpu),
    growth: earlier === undefined ? null : growthOf(earlier, times),
  }));
  const known = processors.flatMap(({ growth }) => growth ?? []);
  return {
    all: known.length === 0 ? null : sharesOf(sumOf(known)),
    processors: processors.map(({ cpu, growth }) => ({
      cpu,
      shares: growth === null ? null : sharesOf(growth),
    })),
  };
}

/** Null where all of it is less than before: the processor has begun anew. */
function growthOf(before: Times, now: Times): Growth | null {
  const of = (kind: (typeof kinds)[number]) => Number((now[kind] ?? 0n) - (before[kind] ?? 0n));
  const growth = Object.fromEntries(kinds.map((kind) => [kind, of(kind)])) as Growth;
  const total = kinds.reduce((sum, kind) => sum + growth[kind], 0);
  if (total <= 0) return null;
  // The kernel's idle and iowait can go back a little: proc_stat(5).
  return Object.fromEntries(kinds.map((kind) => [kind, Math.max(0, growth[kind])])) as Growth;
}

function sumOf(growths: readonly Growth[]): Growth {
  const sum = (kind: keyof Growth) => growths.reduce((total, growth) => total + growth[kind], 0);
  return Object.fromEntries(kinds.map((kind) => [kind, sum(kind)])) as Growth;
}

function sharesOf(growth: Growth): CpuShares {
  const total = kinds.reduce((sum, kind) => sum + growth[kind], 0);
  const share = (part: number) => percentOf(part, total);
  return {
    busy: share(total - growth.idle - growth.iowait),
    user: share(growth.user + growth.nice),
    system: share(growth.system + growth.irq + growth.softirq),
    iowait: share(growth.iowait),
    steal: share(growth.steal),
  };
}
