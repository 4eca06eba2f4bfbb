import { accountsCommands } from "./accounts.ts";
import { disksCommands } from "./disks.ts";
import { execCommands } from "./exec.ts";
import { fileCommands } from "./file.ts";
import { fileSystemsCommands } from "./file-systems.ts";
import { fsfreezeCommands } from "./fsfreeze.ts";
import { fstrimCommands } from "./fstrim.ts";
import { identityCommands } from "./identity.ts";
import { memoryCommands } from "./memory.ts";
import { networkCommands } from "./network.ts";
import { passwordCommands } from "./password.ts";
import { powerCommands } from "./power.ts";
import { processorsCommands } from "./processors.ts";
import { sshCommands } from "./ssh.ts";
import { statisticsCommands } from "./statistics.ts";
import { timeCommands } from "./time.ts";
import { vendorCopyCommands } from "./vendor-copy.ts";
import { vendorExecCommands } from "./vendor-exec.ts";
import { vendorFileCommands } from "./vendor-file.ts";
import { vendorFolderCommands } from "./vendor-folder.ts";
import { vendorPathCommands } from "./vendor-path.ts";
import { vendorSummaryCommands } from "./vendor-summary.ts";

/** The families of commands that no host begins with; a new family is one more word here. Loaded by `registry.ts`. */
export const families = [
  timeCommands,
  powerCommands,
  fileCommands,
  fsfreezeCommands,
  fstrimCommands,
  networkCommands,
  processorsCommands,
  disksCommands,
  accountsCommands,
  passwordCommands,
  memoryCommands,
  execCommands,
  identityCommands,
  sshCommands,
  statisticsCommands,
  fileSystemsCommands,
  vendorCopyCommands,
  vendorExecCommands,
  vendorFileCommands,
  vendorFolderCommands,
  vendorPathCommands,
  vendorSummaryCommands,
] as const;
