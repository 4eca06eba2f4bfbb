import type { Check } from "../finding.ts";
import { otherPackage, otherService, service } from "../guest/agents.ts";
import { libraries, machine } from "../guest/executable.ts";
import { configuration } from "../guest/files.ts";
import { hook } from "../guest/freeze.ts";
import type { System } from "../system.ts";
import { installed, label, portRule } from "./installation.ts";

/** What can be told of an unpacked image, where nothing runs. */
export const imageChecks: readonly Check<System>[] = [
  installed,
  machine,
  libraries,
  service,
  portRule,
  otherService,
  otherPackage,
  configuration,
  hook,
  label,
];
