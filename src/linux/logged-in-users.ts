import { readFile, readFileIfThere } from "../../native/files.ts";
import { listFolder } from "../../native/folder.ts";
import { loginsOf } from "../../native/utmp.ts";
import { nullIfMissing } from "./missing.ts";

export interface LoggedInUser {
  readonly name: string;
  /** Seconds since 1970, with the microseconds as a fraction: of the first session that still lasts. */
  readonly since: number;
}

/** Some 40,000 sessions. */
const utmpBytesMax = 16 * 1024 * 1024;
const sessionBytesMax = 64 * 1024;
const usPerSecond = 1_000_000;

/**
 * Everybody who is logged in, each once, in the order of the first record of each: by `<root>/var/run/utmp`. Where
 * there is none, as in distributions that gave it up for its 32-bit times, systemd's sessions tell.
 * @throws SysError
 */
export function loggedInUsers(root: string): LoggedInUser[] {
  const utmp = readFileIfThere(`${root}/var/run/utmp`, utmpBytesMax);
  if (utmp === null) return eachOnce(sessions(`${root}/run/systemd/sessions`));
  return eachOnce(
    loginsOf(utmp).map(({ user, seconds, microseconds }) => ({
      name: user,
      since: seconds + microseconds / usPerSecond,
    })),
  );
}

function eachOnce(logins: readonly LoggedInUser[]): LoggedInUser[] {
  const first = new Map<string, number>();
  for (const { name, since } of logins) first.set(name, Math.min(since, first.get(name) ?? since));
  return [...first].map(([name, since]) => ({ name, since }));
}

/** People at work, not greeters or the managers of users (sd_session_get_class(3)); root's own is an early one. */
const userClass = /^user(?:-early)?(?:-light)?$/;

/** The sessions that systemd-logind keeps in files of its own, from the oldest on. */
function sessions(folder: string): LoggedInUser[] {
  const names = nullIfMissing(() => listFolder(folder)) ?? [];
  return names
    .flatMap((name) => {
      const session = nullIfMissing(() => readFile(`${folder}/${name}`, sessionBytesMax));
      return session === null ? [] : userOf(new TextDecoder().decode(session));
    })
    .sort((left, right) => left.since - right.since);
}

function userOf(session: string): LoggedInUser[] {
  const value = (key: string) => new RegExp(`^${key}=(.*)$`, "m").exec(session)?.[1] ?? "";
  const name = value("USER");
  const startedUs = Number(/^\d{1,16}$/.exec(value("REALTIME"))?.[0] ?? 0);
  // A session is closing when its user has left and only processes of it are still there.
  const here = userClass.test(value("CLASS")) && value("STATE") !== "closing";
  return here && name !== "" && startedUs > 0 ? [{ name, since: startedUs / usPerSecond }] : [];
}
