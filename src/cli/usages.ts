import { auditUsage } from "./audit-options.ts";
import { usage as benchUsage } from "./bench-options.ts";
import { usage as callUsage } from "./call-options.ts";
import { completionUsage } from "./completion-options.ts";
import { usage as cpUsage } from "./cp-options.ts";
import { usage as doctorUsage } from "./doctor-options.ts";
import { usage as execUsage } from "./exec-options.ts";
import { usage as freezeUsage } from "./freeze-options.ts";
import { freezePlanUsage } from "./freeze-plan.ts";
import { installUsage, uninstallUsage } from "./install-options.ts";
import { policyUsage } from "./policy-options.ts";
import { cloudInitUsage, snippetUsage } from "./recipe-options.ts";
import { usage as shellUsage } from "./shell-options.ts";
import { sysextUsage } from "./sysext-options.ts";
import { fsUsage, infoUsage, netUsage, psUsage } from "./view-options.ts";
import { usage as waitUsage } from "./wait-options.ts";
import { usage as watchUsage } from "./watch-options.ts";

/** What each subcommand prints on `--help`. */
export const usages: Readonly<Record<string, string>> = {
  audit: auditUsage,
  bench: benchUsage,
  call: callUsage,
  "cloud-init": cloudInitUsage,
  completion: completionUsage,
  cp: cpUsage,
  doctor: doctorUsage,
  exec: execUsage,
  freeze: freezeUsage,
  "freeze-plan": freezePlanUsage,
  fs: fsUsage,
  info: infoUsage,
  install: installUsage,
  net: netUsage,
  policy: policyUsage,
  ps: psUsage,
  shell: shellUsage,
  snippet: snippetUsage,
  sysext: sysextUsage,
  uninstall: uninstallUsage,
  wait: waitUsage,
  watch: watchUsage,
};
