import { fileTypeOf } from "../../../../native/file-status.ts";
import { NonsenseError } from "../../errors.ts";
import { nameOf } from "../place.ts";
import type { Entry, EntryType, NamedEntry } from "../tree.ts";

const nsDigits = 9;
/** As GNU's find(1) calls them. */
const typesByLetter: Readonly<Record<string, EntryType>> = {
  p: "fifo",
  c: "char",
  d: "directory",
  b: "block",
  f: "file",
  l: "symlink",
  s: "socket",
};

export interface ToldEntry extends Entry {
  readonly links: number;
}

/** What stat(1) says in the form of the scripts. @throws NonsenseError */
export function readStat(text: string): ToldEntry {
  const found =
    /^([0-9a-f]{1,8}) (\d{1,10}) (\d{1,10}) (\d{1,19}) (\d{1,10}) (\S+) ([\d:]+)(?:\.(\d{1,9}))? \+0000$/.exec(
      text.trim(),
    );
  if (found === null) throw nonsense();
  const [, modeText = "", uid, gid, size = "", links, day, time, fraction = ""] = found;
  const mode = Number.parseInt(modeText, 16);
  const seconds = Date.parse(`${day}T${time}Z`) / 1000;
  const type = fileTypeOf(mode);
  if (type === undefined || !Number.isInteger(seconds)) throw nonsense();
  return {
    type,
    mode: mode & 0o7777,
    uid: Number(uid),
    gid: Number(gid),
    size: BigInt(size),
    mtimeNs: nanoseconds(String(seconds), fraction),
    links: Number(links),
  };
}

/** The entries that find(1) printed. @throws NonsenseError */
export function readFound(output: Buffer): NamedEntry[] {
  return entriesIn(output, (text) => {
    const found =
      /^([pcdbfls]) ([0-7]{1,4}) (\d{1,10}) (\d{1,10}) (\d{1,19}) (-?\d+)(?:\.(\d+))?$/.exec(text);
    if (found === null) throw nonsense();
    const [, letter = "", mode = "", uid, gid, size = "", seconds = "", fraction = ""] = found;
    return {
      type: typesByLetter[letter] as EntryType,
      mode: Number.parseInt(mode, 8),
      uid: Number(uid),
      gid: Number(gid),
      size: BigInt(size),
      mtimeNs: nanoseconds(seconds, fraction),
    };
  });
}

/** Those that stat(1) told of one by one. @throws NonsenseError */
export function readListed(output: Buffer): NamedEntry[] {
  return entriesIn(output, readStat);
}

function entriesIn(output: Buffer, read: (text: string) => Entry): NamedEntry[] {
  const entries: NamedEntry[] = [];
  for (let start = 0; start < output.length; ) {
    const nul = output.indexOf(0, start);
    const end = output.indexOf("\n", nul);
    if (nul === -1 || end === -1) throw nonsense();
    const name = nameOf(output.subarray(start, nul));
    if (name === null) {
      throw new NonsenseError("The agent tells of an entry whose name can be none");
    }
    entries.push({ ...read(output.toString("latin1", nul + 1, end)), name });
    start = end + 1;
  }
  return entries;
}

function nanoseconds(seconds: string, fraction: string): bigint {
  const below = BigInt(fraction.slice(0, nsDigits).padEnd(nsDigits, "0"));
  return BigInt(seconds) * 10n ** BigInt(nsDigits) + below;
}

function nonsense(): NonsenseError {
  return new NonsenseError("The guest's stat tells of a file that cannot be");
}
