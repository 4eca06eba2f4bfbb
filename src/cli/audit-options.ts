export const auditUsage = `Usage: guestwire audit verify [--contains SUM] FILE...
       guestwire audit verify [--contains SUM] -

Tells whether an audit log is as the agent wrote it: each line has the SHA-256 of the one before. The first line that does not
fit is named. Files that belong together, as after a rotation, are given the oldest first; one chain runs through them. A
minus sign is standard input, in which many chains may follow each other:
journalctl -t guestwire-audit -o cat | guestwire audit verify -

  --contains SUM      also demand the line with this sum, which an earlier call has told: so that nobody has cut off the end,
                      or written all of it anew

Exit codes: 0 whole, 1 not whole, 2 wrong use, or a file that cannot be read.
`;

export interface AuditCall {
  readonly files: readonly string[];
  /** A sum that has to be there, in lower-case digits; null: any. */
  readonly contains: string | null;
}

export const auditExit = { whole: 0, broken: 1, usage: 2 } as const;

/** What stands for standard input. */
export const standardInput = "-";

/** @throws Error that says what is wrong */
export function readAuditCall(args: readonly string[]): AuditCall | "help" {
  // Not imported for the sake of the agent's start, see LineStream.connect.
  const { parseArgs } = process.getBuiltinModule("node:util");
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { contains: { type: "string" }, help: { type: "boolean", short: "h" } },
  });
  if (values.help === true) return "help";
  const [verb, ...files] = positionals;
  if (verb !== "verify") throw new Error('say what is to be done: "verify"');
  if (files.length === 0) throw new Error("name the files of the audit log, the oldest first");
  if (files.includes(standardInput) && files.length > 1) {
    throw new Error("standard input goes with no other file");
  }
  const contains = values.contains?.toLowerCase() ?? null;
  if (contains !== null && !/^[0-9a-f]{64}$/.test(contains)) {
    throw new Error("--contains takes a sum of 64 hexadecimal digits");
  }
  return { files, contains };
}
