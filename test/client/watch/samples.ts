/** Samples for tests, with nothing in them but what a test is about. */
import type { Sample } from "../../../src/client/watch/sample.ts";

const nothing: Sample = {
  summary: null,
  load: null,
  processors: null,
  disks: null,
  interfaces: null,
  fileSystems: null,
  refusals: [],
};

export function sample(parts: Partial<Sample>): Sample {
  return { ...nothing, ...parts };
}

export function told<T>(atMs: number, value: T) {
  return { atMs, value };
}

type Times = NonNullable<Sample["processors"]>["value"][number];

/** Milliseconds. */
export function processor(cpu: number, times: Partial<Record<keyof Times, bigint>>): Times {
  return {
    type: "linux",
    cpu: BigInt(cpu),
    user: 0n,
    nice: 0n,
    system: 0n,
    idle: 0n,
    ...times,
  } as Times;
}

type Disk = NonNullable<Sample["disks"]>["value"][number];

export function disk(name: string, stats: Disk["stats"]): Disk {
  return { name, major: 254n, minor: 0n, stats };
}

type Interface = NonNullable<Sample["interfaces"]>["value"][number];

/** @param bytes received, and half of it sent */
export function networkInterface(name: string, bytes: bigint): Interface {
  return {
    name,
    statistics: {
      "rx-bytes": bytes,
      "rx-packets": bytes / 100n,
      "rx-errs": 0n,
      "rx-dropped": 0n,
      "tx-bytes": bytes / 2n,
      "tx-packets": bytes / 200n,
      "tx-errs": 0n,
      "tx-dropped": 0n,
    },
  } as Interface;
}

export function summary(uptimeMs: bigint): NonNullable<Sample["summary"]>["value"] {
  const pressure = { "some-avg10": 150n, "some-avg60": 50n };
  return {
    memory: { total: 1000n, free: 100n, available: 250n, buffers: 0n, cached: 150n },
    swap: { total: 100n, free: 75n },
    pressure: { cpu: pressure, io: { ...pressure, "full-avg10": 25n }, memory: pressure },
    "uptime-ms": uptimeMs,
    load: [10n, 20n, 30n],
    processes: { running: 1n, total: 90n },
    "failed-units": ["broken.service"],
    processors: 1n,
  };
}
