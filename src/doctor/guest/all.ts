import type { Check } from "../finding.ts";
import type { System } from "../system.ts";
import * as agents from "./agents.ts";
import * as clock from "./clock.ts";
import * as executable from "./executable.ts";
import * as files from "./files.ts";
import * as freeze from "./freeze.ts";
import * as policy from "./policy.ts";
import * as port from "./port.ts";
import * as power from "./power.ts";
import * as security from "./security.ts";

/** What is looked at in a running guest, in the order of the report. */
export const guestChecks: readonly Check<System>[] = [
  files.configuration,
  files.stateFolder,
  files.log,
  files.auditLog,
  port.device,
  port.presence,
  port.access,
  port.holder,
  port.hostSide,
  agents.running,
  agents.file,
  agents.service,
  agents.otherAgent,
  agents.otherService,
  agents.otherPackage,
  executable.processor,
  executable.machine,
  executable.libraries,
  executable.kernel,
  policy.policy,
  security.confinement,
  security.selinux,
  security.denials,
  security.apparmor,
  freeze.frozen,
  freeze.list,
  freeze.unsupported,
  freeze.network,
  freeze.loops,
  freeze.overlays,
  freeze.state,
  freeze.hook,
  freeze.lease,
  clock.synchronization,
  clock.hardware,
  clock.source,
  power.hibernation,
];
