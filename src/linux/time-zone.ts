import { type LocalZone, localZone } from "../../native/clock.ts";
import { fileStatusIfThere } from "../../native/file-status.ts";

const zoneFolder = "/usr/share/zoneinfo";

/** The beginning of a zone by POSIX rules: a name and how far west it is (tzset(3)). */
const posixZone = /^(?:[A-Za-z]{3,}|<[A-Za-z0-9+-]{3,}>)[+-]?\d/;

/**
 * The time zone in force at a moment, in seconds since 1970. Of a TZ that names no zone and follows no rules the C
 * library makes up a name; qemu-ga answers UTC, as it is.
 */
export function timeZone(epochSeconds: bigint, variable: string | undefined): LocalZone {
  if (variable === undefined || isUsable(variable)) return localZone(epochSeconds);
  return { abbreviation: "UTC", offsetSeconds: 0 };
}

function isUsable(variable: string): boolean {
  const name = variable.replace(/^:/, "");
  if (name === "" || posixZone.test(name)) return true;
  const path = name.startsWith("/") ? name : `${zoneFolder}/${name}`;
  return fileStatusIfThere(path)?.type === "file";
}
