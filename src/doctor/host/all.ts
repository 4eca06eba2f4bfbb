import type { Check } from "../finding.ts";
import { clock, commands, frozen, latency, version } from "./agent.ts";
import { access, clients, presence, sync } from "./socket.ts";
import type { Target } from "./target.ts";

/** What is looked at from the host. */
export const hostChecks: readonly Check<Target>[] = [
  presence,
  access,
  clients,
  sync,
  version,
  commands,
  latency,
  frozen,
  clock,
];
