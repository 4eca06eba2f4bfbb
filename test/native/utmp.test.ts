import { expect, test } from "bun:test";
import { UtmpType, Utmpx } from "../../native/structs.ts";
import { loginsOf } from "../../native/utmp.ts";

const encoder = new TextEncoder();

function record(type: number, user: string, seconds: number, microseconds: number): Uint8Array {
  return Utmpx.make({
    ut_type: type,
    ut_user: encoder.encode(user),
    ut_host: encoder.encode("host"),
    "ut_tv.tv_sec": seconds,
    "ut_tv.tv_usec": microseconds,
  });
}

test("users who are logged in are listed in the order of the records, with the rest left out", () => {
  const bootTime = 2;
  const utmp = Buffer.concat([
    record(bootTime, "reboot", 1, 0),
    record(UtmpType.USER_PROCESS, "b", 1_700_000_000, 999_999),
    record(UtmpType.USER_PROCESS, "a".repeat(32), -1, 0),
  ]);
  const cut = record(UtmpType.USER_PROCESS, "cut", 5, 0).subarray(1);
  const logins = [
    { user: "b", seconds: 1_700_000_000, microseconds: 999_999 },
    { user: "a".repeat(32), seconds: -1, microseconds: 0 },
  ];
  expect(loginsOf(utmp)).toEqual(logins);
  expect(loginsOf(Buffer.concat([utmp, cut]))).toEqual(logins);
});

test("nothing is in an empty file", () => expect(loginsOf(new Uint8Array())).toEqual([]));
