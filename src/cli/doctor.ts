import { SysError } from "../../native/errno.ts";
import { type FileType, fileStatus } from "../../native/file-status.ts";
import { examined } from "../doctor/doctor.ts";
import { reportText } from "../doctor/text.ts";
import { type DoctorCall, readDoctorCall, usage } from "./doctor-options.ts";
import { exitCode } from "./exit-code.ts";
import type { Io } from "./io.ts";
import { readCommandLine } from "./read-command-line.ts";
import { isColoured } from "./terminal-traits.ts";
import { version } from "./version.ts";

/** As lint programs have them, which a pipeline asks in the same way. */
const doctorExitCode = { failures: 1, usage: 2 } as const;

/** Runs `guestwire doctor`; answers the exit code. */
export async function doctor(args: readonly string[], io: Io): Promise<number> {
  const call = readCommandLine(
    { name: "doctor", usage, usageCode: doctorExitCode.usage },
    () => readDoctorCall(args),
    io,
  );
  if (typeof call === "number") return call;
  const trouble = whyNot(call);
  if (trouble !== null) {
    io.stderr(`guestwire doctor: ${trouble}\n`);
    return doctorExitCode.usage;
  }
  const report = await examined({ ...call, version });
  io.stdout(call.asJson ? `${JSON.stringify(report)}\n` : reportText(report, isColoured()));
  const { failure, warning } = report.counts;
  const hasFailed = failure > 0 || (call.isStrict && warning > 0);
  return hasFailed ? doctorExitCode.failures : exitCode.done;
}

/** What the command line names has to be there. */
function whyNot({ subject, binary }: DoctorCall): string | null {
  if (subject.kind === "image") {
    const trouble = whyNoSuch("--root", subject.root, "directory");
    if (trouble !== null) return trouble;
  }
  return binary === undefined ? null : whyNoSuch("--binary", binary, "file");
}

function whyNoSuch(option: string, path: string, type: FileType): string | null {
  try {
    const found = fileStatus(path).type;
    return found === type ? null : `${option} takes a ${type}: "${path}" is a ${found}`;
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    return `${option}: ${error.message}`;
  }
}
