import { SysError } from "../../../native/errno.ts";
import { nvmeSmartLog } from "../../../native/nvme.ts";

/** Counters of 128 bits, each with its offset in the log (NVM Express Base Specification, SMART / Health Information). */
const counters = {
  dataUnitsRead: 32,
  dataUnitsWritten: 48,
  hostReadCommands: 64,
  hostWriteCommands: 80,
  controllerBusyTime: 96,
  powerCycles: 112,
  powerOnHours: 128,
  unsafeShutdowns: 144,
  mediaErrors: 160,
  errorLogEntries: 176,
} as const;

/** A counter's lower and upper 64 bits. */
export interface Wide {
  readonly low: bigint;
  readonly high: bigint;
}

/** What an NVMe controller says of its health. */
export type NvmeHealth = {
  readonly criticalWarning: number;
  /** Kelvin. */
  readonly temperature: number;
  /** The next three are percents. */
  readonly availableSpare: number;
  readonly availableSpareThreshold: number;
  readonly percentageUsed: number;
} & { readonly [Name in keyof typeof counters]: Wide };

/** The health of the controller behind a node, or null where it does not tell. */
export function nvmeHealth(node: string): NvmeHealth | null {
  try {
    return parseHealth(nvmeSmartLog(node));
  } catch (error) {
    // Without privileges, without the log page, without the disk: the list of disks is good without it.
    if (error instanceof SysError) return null;
    throw error;
  }
}

/** @param log 512 bytes, little-endian */
export function parseHealth(log: Uint8Array): NvmeHealth {
  const view = new DataView(log.buffer, log.byteOffset, log.byteLength);
  const wide = Object.entries(counters).map(([name, at]) => [
    name,
    { low: view.getBigUint64(at, true), high: view.getBigUint64(at + 8, true) },
  ]);
  return {
    criticalWarning: view.getUint8(0),
    temperature: view.getUint16(1, true),
    availableSpare: view.getUint8(3),
    availableSpareThreshold: view.getUint8(4),
    percentageUsed: view.getUint8(5),
    ...(Object.fromEntries(wide) as { [Name in keyof typeof counters]: Wide }),
  };
}
