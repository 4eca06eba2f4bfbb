import { SysError } from "../../native/errno.ts";
import { Fd } from "../../native/fd.ts";
import { OpenFlag } from "../../native/structs.ts";
import { describe } from "../install/carry-out.ts";
import { fileContent } from "../install/content.ts";
import { InstallError } from "../install/install-error.ts";
import { extensionPieces } from "../install/sysext/extension.ts";
import { chooseFormat, makeImage } from "../install/sysext/image.ts";
import { readExecutable } from "../linux/elf.ts";
import { installExit } from "./install-options.ts";
import type { Io } from "./io.ts";
import { readCommandLine } from "./read-command-line.ts";
import { readSysextCall, type SysextCall, sysextUsage } from "./sysext-options.ts";

const ownExecutable = "/proc/self/exe";

/** Runs `guestwire sysext`; answers the exit code. */
export async function makeSysext(args: readonly string[], io: Io): Promise<number> {
  const call = readCommandLine(
    { name: "sysext", usage: sysextUsage, usageCode: installExit.usage },
    () => readSysextCall(args, process.env.SOURCE_DATE_EPOCH),
    io,
  );
  if (typeof call === "number") return call;
  try {
    make(call, io);
    return installExit.done;
  } catch (error) {
    if (!(error instanceof SysError) && !(error instanceof InstallError)) throw error;
    io.stderr(`guestwire sysext: ${describe(error)}\n`);
    return installExit.failed;
  }
}

function make(call: SysextCall, io: Io): void {
  const format = chooseFormat(call.format);
  using binary = Fd.open(call.binary ?? ownExecutable, OpenFlag.O_RDONLY | OpenFlag.O_NONBLOCK);
  const executable = binary.stat().type === "file" ? readExecutable(binary) : null;
  if (executable === null) {
    throw new InstallError(`"${binary.subject}" is no executable of Linux`);
  }
  const target = { ...call, machine: executable.machine };
  makeImage(call.output, extensionPieces(target, fileContent(binary)), format, call.epoch);
  io.stdout(`made ${call.output} (${format.name}); merge it as ${call.name}.raw\n`);
}
