/**
 * Returns a time zone file (TZif, RFC 9636) of a zone that has one offset for ever, in seconds east of UTC. With it a
 * test needs no time zone database.
 */
export function fixedZone(abbreviation: string, offsetSeconds: number): Uint8Array {
  const name = Buffer.from(`${abbreviation}\0`);
  const headerBytes = 44;
  const localTimeTypeBytes = 6;
  // Version 1 and version 2 blocks look the same without transitions; readers of version 2 skip the first.
  const block = Buffer.alloc(headerBytes + localTimeTypeBytes + name.length);
  block.write("TZif2", 0, "latin1");
  block.writeUInt32BE(1, 36); // typecnt
  block.writeUInt32BE(name.length, 40); // charcnt
  block.writeInt32BE(offsetSeconds, headerBytes);
  name.copy(block, headerBytes + localTimeTypeBytes);
  return Buffer.concat([
    block,
    block,
    Buffer.from(`\n${posixRule(abbreviation, offsetSeconds)}\n`),
  ]);
}

/** The footer's rule, as POSIX has it in the variable TZ: hours count west of Greenwich. */
function posixRule(abbreviation: string, offsetSeconds: number): string {
  const west = -offsetSeconds;
  const parts = [west / 3600, (west / 60) % 60, west % 60].map((part) =>
    Math.abs(Math.trunc(part)),
  );
  const [hours, minutes, seconds] = parts.map((part) => String(part).padStart(2, "0"));
  return `<${abbreviation}>${west < 0 ? "-" : ""}${hours}:${minutes}:${seconds}`;
}
