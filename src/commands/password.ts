import * as v from "valibot";
import { chpasswdArgv, passwordPrograms } from "../linux/chpasswd.ts";
import { encodeModifiedUtf8 } from "../wire/modified-utf8.ts";
import { validBase64 } from "./argument-checks.ts";
import { command } from "./command.ts";
import { GuestError } from "./guest-error.ts";
import { mustRun } from "./program-outcome.ts";
import { base64, bool, str } from "./qapi.ts";

const action = "set user password";

/** Hashing takes a second at the most; the rest is for modules of PAM that ask other machines. */
const chpasswdDeadlineMs = 60_000;

const newline = 0x0a;

export const guestSetUserPassword = command({
  name: "guest-set-user-password",
  place: 27,
  since: "2.3",
  doc: "Sets the password of a user; with `crypted` it is the hash that is kept (crypt(5)).",
  args: () => v.strictObject({ username: str(), password: base64(), crypted: bool() }),
  returns: null,
  privilege: "unrestricted",
  guard: { kind: "passwords", user: "username" },
  whileFrozen: "refused",
  success: "reply",
  mechanism: "chpasswd(8), also as a part of busybox",
  audited: ({ username, crypted }) => ({ arguments: { username, crypted } }),
  async run({ username, password, crypted }, context) {
    context.audit(`guest-set-user-password called, username: ${username}`);
    const secret = validBase64(password.decode());
    try {
      const input = inputLine(username, secret);
      const argv = chpasswdArgv(context.environment.PATH, crypted);
      if (argv === null) throw missing();
      await mustRun(context.reactor, action, {
        argv,
        input,
        deadlineMs: chpasswdDeadlineMs,
        atDeadline: "kill",
      });
    } finally {
      secret.fill(0);
    }
  },
});

/** @throws GuestError for what would become another line or another user */
function inputLine(username: string, secret: Uint8Array): Uint8Array {
  const password = untilNul(secret);
  if (password.includes(newline)) throw new GuestError("forbidden characters in raw password");
  if (/[:\n]/.test(username)) throw new GuestError("forbidden characters in username");
  return Buffer.concat([
    encodeModifiedUtf8(username),
    Buffer.from(":"),
    password,
    Buffer.of(newline),
  ]);
}

/** To qemu-ga the password is a C string. */
function untilNul(bytes: Uint8Array): Uint8Array {
  const end = bytes.indexOf(0);
  return end === -1 ? bytes : bytes.subarray(0, end);
}

/** In the words of qemu-ga, which hears of a missing program from the child that was to become it. */
function missing(): GuestError {
  const tried = passwordPrograms.map(
    (name) => `failed to exec '${name}': No such file or directory\n`,
  );
  return new GuestError(`child process has failed to ${action}: ${tried.join("")}`);
}

/** For the registry. */
export const passwordCommands = [guestSetUserPassword] as const;
