import * as v from "valibot";
import { accountOf } from "../../native/accounts.ts";
import { SysError } from "../../native/errno.ts";
import { AuthorizedKeys, KeysFailure } from "../linux/authorized-keys.ts";
import { encodeModifiedUtf8, printableText } from "../wire/modified-utf8.ts";
import { command } from "./command.ts";
import type { CommandContext } from "./context.ts";
import { GuestError, worded, wording } from "./guest-error.ts";
import { fingerprint } from "./key-fingerprint.ts";
import { bool, list, str } from "./qapi.ts";
import * as returns from "./returns.ts";

const mechanism = "getpwnam_r(3), setfsuid(2), openat(2), renameat(2)";

export const guestSshGetAuthorizedKeys = command({
  name: "guest-ssh-get-authorized-keys",
  place: 38,
  since: "5.2",
  doc: "The public keys in the user's `~/.ssh/authorized_keys`, the last one first; comments and blank lines are left out.",
  args: () => v.strictObject({ username: str() }),
  returns: () => v.object({ keys: v.array(returns.str("a line of the file")) }),
  privilege: "file-read",
  whileFrozen: "refused",
  success: "reply",
  mechanism,
  audited: ({ username }) => ({ arguments: { username } }),
  run({ username }, context) {
    context.audit(`guest-ssh-get-authorized-keys called, username: ${username}`);
    const keys = withKeysOf(username, context, (file) => file.list());
    return { keys: keys.map((key) => printableText(key, 0, key.length)) };
  },
});

export const guestSshAddAuthorizedKeys = command({
  name: "guest-ssh-add-authorized-keys",
  place: 39,
  since: "5.2",
  doc: "Adds public keys to the user's `~/.ssh/authorized_keys`; with `reset` they replace all that are there.",
  args: () =>
    v.strictObject({
      username: str(),
      keys: list(str()),
      reset: v.exactOptional(bool()),
    }),
  returns: null,
  privilege: "unrestricted",
  whileFrozen: "refused",
  success: "reply",
  mechanism,
  audited: ({ username, keys, reset = false }) => ({
    arguments: { username, keys: keys.map(fingerprint), reset },
  }),
  run({ username, keys, reset = false }, context) {
    context.audit(
      `guest-ssh-add-authorized-keys called, username: ${username}, keys: ${keys.length}, reset: ${reset}`,
    );
    const lines = keyLines(keys);
    withKeysOf(username, context, (file) => file.add(lines, reset));
  },
});

export const guestSshRemoveAuthorizedKeys = command({
  name: "guest-ssh-remove-authorized-keys",
  place: 40,
  since: "5.2",
  doc: "Removes public keys from the user's `~/.ssh/authorized_keys`; one that is not there is no error.",
  args: () => v.strictObject({ username: str(), keys: list(str()) }),
  returns: null,
  privilege: "unrestricted",
  whileFrozen: "refused",
  success: "reply",
  mechanism,
  audited: ({ username, keys }) => ({ arguments: { username, keys: keys.map(fingerprint) } }),
  run({ username, keys }, context) {
    context.audit(
      `guest-ssh-remove-authorized-keys called, username: ${username}, keys: ${keys.length}`,
    );
    const lines = keyLines(keys);
    withKeysOf(username, context, (file) => file.remove(lines));
  },
});

/** @throws GuestError `invalid OpenSSH public key: '%s'` for what would be a comment or several lines */
function keyLines(keys: readonly string[]): Uint8Array[] {
  const invalid = keys.find((key) => key.startsWith("#") || key.includes("\n"));
  if (invalid !== undefined) {
    // It may be a private one by mistake.
    throw new GuestError(`invalid OpenSSH public key: '${invalid}'`, {
      forLogs: "invalid OpenSSH public key",
    });
  }
  return keys.map(encodeModifiedUtf8);
}

function withKeysOf<T>(
  username: string,
  { root }: CommandContext,
  act: (file: AuthorizedKeys) => T,
): T {
  const account = wording(`failed to lookup user '${username}'`, () => accountOf(username));
  try {
    return act(new AuthorizedKeys(root, account));
  } catch (error) {
    if (error instanceof SysError) throw worded(`failed to act as user '${username}'`, error);
    if (!(error instanceof KeysFailure)) throw error;
    const what = {
      read: "read",
      "make folder": "create directory",
      // One text for both the folder and the file, which is a slip of qemu-ga's.
      own: "set ownership of directory",
      write: "write to",
    }[error.step];
    throw new GuestError(`failed to ${what} '${error.path}': ${error.message}`, {
      cause: error,
    });
  }
}

/** For the registry. */
export const sshCommands = [
  guestSshGetAuthorizedKeys,
  guestSshAddAuthorizedKeys,
  guestSshRemoveAuthorizedKeys,
] as const;
