import { InstallError } from "../install-error.ts";

/** Administrators' programs are not in everybody's PATH. */
const programPath = `${process.env.PATH ?? ""}:/usr/sbin:/sbin`;

/** Where a program of this machine is; null when it is not there. */
export function findProgram(name: string): string | null {
  return Bun.which(name, { PATH: programPath });
}

/**
 * Runs a program to its end. No clock and no user of this machine gets into what it makes.
 * @param epoch the time that it puts into the image, in seconds
 * @param isComplaint tells of a line of its errors whether it is one, for programs whose status does not
 * @throws InstallError with what it said
 */
export function runImageTool(
  argv: readonly string[],
  options: {
    readonly cwd: string;
    readonly epoch: number;
    readonly input?: string;
    readonly isComplaint?: (line: string) => boolean;
  },
): void {
  const { cwd, epoch, input, isComplaint } = options;
  const { exitCode, signalCode, stdout, stderr } = Bun.spawnSync([...argv], {
    cwd,
    stdin: Buffer.from(input ?? ""),
    env: {
      ...process.env,
      LC_ALL: "C",
      SOURCE_DATE_EPOCH: String(epoch),
      E2FSPROGS_FAKE_TIME: String(epoch),
    },
  });
  const errors = stderr.toString();
  const complaints = errors.split("\n").filter((line) => line !== "" && isComplaint?.(line));
  if (exitCode === 0 && complaints.length === 0) return;
  const said = complaints.join("; ") || errors.trim() || stdout.toString().trim();
  throw new InstallError(`${argv[0]} ended with ${signalCode ?? `status ${exitCode}`}: ${said}`);
}
