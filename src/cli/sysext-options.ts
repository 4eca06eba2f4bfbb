import { formatNames } from "../install/sysext/image.ts";

const outputDefault = "guestwire.raw";
/** One second after 1970: 0 stands for no time at all in e2fsprogs. */
const epochDefault = 1;

export const sysextUsage = `Usage: guestwire sysext [OPTION]...

Makes a system extension of this executable, for systems whose /usr cannot be written to, such as Flatcar and Fedora CoreOS:
put it into /etc/extensions or /var/lib/extensions, and have systemd-sysext(8) merge it.

  -o, --output FILE   the image (${outputDefault}); it has to keep its name, which systemd-sysext looks for inside of it
  --format FORMAT     ${formatNames.join(" or ")}; otherwise what this machine has the programs for
  --os ID             only for systems with this ID in os-release(5), instead of for any
  --os-version VALUE  and with this VERSION_ID
  --binary FILE       of this executable instead, such as one for another machine

The same executable gives the same image, to the byte; SOURCE_DATE_EPOCH is the time that all in it has.

Exit codes: 0 done, 1 not done (nothing was made), 2 wrong use.
`;

export interface SysextCall {
  readonly output: string;
  /** The output's without .raw. */
  readonly name: string;
  /** Absent: what there are programs for. */
  readonly format: string | undefined;
  readonly os: string;
  readonly osVersion: string | null;
  /** Null: this executable. */
  readonly binary: string | null;
  /** Seconds since 1970; not 0. */
  readonly epoch: number;
}

/** @throws Error that says what is wrong */
export function readSysextCall(
  args: readonly string[],
  sourceDateEpoch: string | undefined,
): SysextCall | "help" {
  // Not imported for the sake of the agent's start, see LineStream.connect.
  const { parseArgs } = process.getBuiltinModule("node:util");
  const { values } = parseArgs({
    args: [...args],
    options: {
      output: { type: "string", short: "o", default: outputDefault },
      format: { type: "string" },
      os: { type: "string" },
      "os-version": { type: "string" },
      binary: { type: "string" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help === true) return "help";
  const { output, format, os, "os-version": osVersion } = values;
  if (format !== undefined && !formatNames.includes(format)) {
    throw new Error(`--format takes one of ${formatNames.join(", ")}`);
  }
  if (osVersion !== undefined && os === undefined) throw new Error("--os-version needs --os");
  for (const [option, value] of Object.entries({ "--os": os, "--os-version": osVersion })) {
    if (value !== undefined && !/^[a-z0-9._-]+$/.test(value)) {
      throw new Error(`${option} takes lower-case letters, digits and ._- (os-release(5))`);
    }
  }
  return {
    output,
    name: nameOf(output),
    format,
    os: os ?? "_any",
    osVersion: osVersion ?? null,
    binary: values.binary ?? null,
    epoch: epochOf(sourceDateEpoch),
  };
}

function nameOf(output: string): string {
  const name = /(?:^|\/)([A-Za-z0-9][\w.-]*)\.raw$/.exec(output)?.[1];
  if (name === undefined) {
    throw new Error("--output takes NAME.raw, with a name of letters, digits and ._-");
  }
  return name;
}

function epochOf(text: string | undefined): number {
  if (text === undefined) return epochDefault;
  const epoch = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  // What file systems of both kinds can store.
  if (!(epoch <= 0xffff_ffff)) {
    throw new Error(`SOURCE_DATE_EPOCH is no number of seconds since 1970: "${text}"`);
  }
  return Math.max(epoch, epochDefault);
}
