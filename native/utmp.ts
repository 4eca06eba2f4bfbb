/**
 * Records of utmp(5), whose layout is that of the machine's C library.
 */
import { textOf } from "./cstring.ts";
import { UtmpType, Utmpx } from "./structs.ts";

export type Login = {
  readonly user: string;
  /** Seconds since 1970. */
  readonly seconds: number;
  /** Microseconds on top of the seconds. */
  readonly microseconds: number;
};

/** The users who are logged in, one for each of their sessions, in the order of the records. */
export function loginsOf(utmp: Uint8Array): Login[] {
  const logins: Login[] = [];
  // What is too short for a record is being written at this moment.
  for (let at = 0; at + Utmpx.sizeBytes <= utmp.length; at += Utmpx.sizeBytes) {
    const record = Utmpx.read(utmp, at);
    if (record.ut_type !== UtmpType.USER_PROCESS) continue;
    logins.push({
      user: textOf(record.ut_user),
      seconds: Number(record["ut_tv.tv_sec"]),
      microseconds: Number(record["ut_tv.tv_usec"]),
    });
  }
  return logins;
}
