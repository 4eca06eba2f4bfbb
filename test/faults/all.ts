import { attackFaults } from "./attack-rows.ts";
import { diskFaults } from "./disk-rows.ts";
import type { Fault } from "./fault.ts";
import { guestFaults } from "./guest-rows.ts";
import { hostFaults } from "./host-rows.ts";
import { suspendedDiskFaults } from "./suspended-disk-rows.ts";

/** Rows that belong together on the page. */
export interface FaultSection {
  readonly title: string;
  readonly faults: readonly Fault[];
}

export const allFaults: readonly FaultSection[] = [
  { title: "Clients, programs and the agent's own process", faults: Object.values(hostFaults) },
  { title: "Disks that are full, read-only or gone", faults: Object.values(diskFaults) },
  {
    title: "Disks that do not answer (device-mapper, suspended)",
    faults: Object.values(suspendedDiskFaults),
  },
  { title: "Faults of a guest", faults: Object.values(guestFaults) },
  { title: "Attacks on the protocol", faults: Object.values(attackFaults) },
];
