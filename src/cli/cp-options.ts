import { type Place, readPlace } from "../client/copy/place.ts";
import { readSeconds } from "./seconds.ts";
import { targetUsage } from "./target-usage.ts";

const retrySecondsDefault = 60;

export const usage = `Usage: guestwire cp [OPTION]... SOURCE... DESTINATION

Copies files between this machine and guests. Each copy is compared with its source by SHA-256, and has its name only when it is whole.

  -r, --recursive     directories with all that is in them
  --no-owner          copies belong to whoever writes them, even where owners
                      could be kept
  --retry SECONDS     how long a line that is lost is tried again (${retrySecondsDefault})
  --quiet             nothing but errors
  --no-progress       no progress, even on a terminal

SOURCE and DESTINATION are paths here, or TARGET:/PATH in a guest. As targets have colons themselves, the last ":/" counts in front of which a target stands: vsock:3:9:/etc/fstab, libvirt:qemu:///system/web:/etc, /run/qga.sock:/tmp, 100:/root, web:/root, -:/root. What begins with ./ or ../ is always a path here.

${targetUsage}
As with cp(1), a DESTINATION that is a directory gets the copies with the names of their sources. Mode and time of the last change are kept, and where the receiving side is root the owner's number; a guest cannot make set-user-ID programs here. Symbolic links are copied as such, with -r; hard links become files of their own; holes stay holes; fifos, devices and sockets are left out.

A copy that is broken off is gone on with when the same is said again: until it is whole it is called .guestwire-….part, in the same directory. Ctrl-C leaves it there.

Exit codes: 0 all was copied, 1 something was not, 124 no answer in time, 125 wrong use, 130 broken off by Ctrl-C, 255 no way to the agent.
`;

export interface CpOptions {
  readonly sources: readonly Place[];
  readonly destination: Place;
  readonly recursive: boolean;
  readonly keepsOwners: boolean;
  readonly retryMsMax: number;
  readonly quiet: boolean;
  readonly progress: boolean;
}

/** @throws Error that says what is wrong; TargetError */
export function readCp(args: readonly string[]): CpOptions | "help" {
  // Not imported for the sake of the agent's start, see LineStream.connect.
  const { parseArgs } = process.getBuiltinModule("node:util");
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      recursive: { type: "boolean", short: "r", default: false },
      "no-owner": { type: "boolean", default: false },
      retry: { type: "string" },
      quiet: { type: "boolean", default: false },
      "no-progress": { type: "boolean", default: false },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help === true) return "help";
  const places = positionals.map((text) => readPlace(text, process.env));
  const destination = places.pop();
  if (destination === undefined || places.length === 0) {
    throw new Error("SOURCE and DESTINATION are needed");
  }
  if (destination.kind === "host" && places.every(({ kind }) => kind === "host")) {
    throw new Error("None of these is in a guest: a path there is TARGET:/PATH, from the root on");
  }
  if (destination.kind === "host" && places.some(({ kind }) => kind === "host")) {
    throw new Error("SOURCE and DESTINATION are both here: cp does that");
  }
  return {
    sources: places,
    destination,
    recursive: values.recursive,
    keepsOwners: !values["no-owner"],
    retryMsMax: readSeconds("--retry", values.retry, retrySecondsDefault * 1000),
    quiet: values.quiet,
    progress: !values["no-progress"] && !values.quiet,
  };
}
