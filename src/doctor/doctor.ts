import { examine } from "./examine.ts";
import { guestChecks } from "./guest/all.ts";
import { hostChecks } from "./host/all.ts";
import { Target } from "./host/target.ts";
import { imageChecks } from "./image/all.ts";
import { type Report, report, type Subject } from "./report.ts";
import { System } from "./system.ts";

export interface DoctorOptions {
  readonly subject: Subject;
  /** An executable to look at instead of the one that runs or is installed. */
  readonly binary: string | undefined;
  /** How long all that is said to an agent may take. */
  readonly timeoutMs: number;
  readonly version: string;
}

/** Looks at what is to be looked at; nothing is changed. @throws SysError where not even that can be done */
export async function examined(options: DoctorOptions): Promise<Report> {
  const { subject, binary, timeoutMs, version } = options;
  switch (subject.kind) {
    case "guest": {
      const system = new System({ root: "", isRunning: true, binary, asksFileSystems: true });
      return report(version, subject, await examine(guestChecks, system));
    }
    case "image": {
      const system = new System({ root: subject.root, isRunning: false, binary });
      return report(version, subject, await examine(imageChecks, system));
    }
    case "host": {
      const target = new Target(subject.socket, timeoutMs);
      try {
        return report(version, subject, await examine(hostChecks, target));
      } finally {
        target.close();
      }
    }
  }
}
