/** A record of utmp(5). */
export interface UtmpRecord {
  /** 7 is a user who is logged in, 8 one who has gone. */
  readonly type: number;
  readonly line: string;
  readonly user: string;
  readonly seconds: number;
  readonly microseconds: number;
}

const recordBytes = 384;
const userBytes = 32;

/** Returns the file as glibc has it on x86-64, where the time has 32 bits. */
export function utmpFile(records: readonly UtmpRecord[]): Uint8Array {
  return Buffer.concat(
    records.map(({ type, line, user, seconds, microseconds }) => {
      const record = Buffer.alloc(recordBytes);
      record.writeInt16LE(type, 0);
      record.write(line, 8, "latin1");
      record.write(user, 44, userBytes, "latin1");
      record.writeInt32LE(seconds, 340);
      record.writeInt32LE(microseconds, 344);
      return record;
    }),
  );
}
