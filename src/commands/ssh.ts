import * as v from "valibot";
import { SysError } from "../../native/errno.ts";
import { keysSubcommand } from "../linux/errands.ts";
import type { KeyOrder, KeyOutcome } from "../linux/key-work.ts";
import { encodeModifiedUtf8, printableText } from "../wire/modified-utf8.ts";
import { command } from "./command.ts";
import type { CommandContext } from "./context.ts";
import { mustAnswer } from "./errand-error.ts";
import { GuestError, worded } from "./guest-error.ts";
import { fingerprint } from "./key-fingerprint.ts";
import { bool, list, str } from "./qapi.ts";
import * as returns from "./returns.ts";

const mechanism = "in a process of its own: getpwnam_r(3), setfsuid(2), openat(2), renameat(2)";

/** Directory services and file servers that are in trouble answer within seconds or not at all. */
const keysDeadlineMs = 20_000;

export const guestSshGetAuthorizedKeys = command({
  name: "guest-ssh-get-authorized-keys",
  place: 38,
  since: "5.2",
  doc: "The public keys in the user's `~/.ssh/authorized_keys`, the last one first; comments and blank lines are left out.",
  args: () => v.strictObject({ username: str() }),
  returns: () => v.object({ keys: v.array(returns.str("a line of the file")) }),
  privilege: "file-read",
  guard: { kind: "ssh-keys", user: "username" },
  whileFrozen: "refused",
  success: "reply",
  mechanism,
  audited: ({ username }) => ({ arguments: { username } }),
  run({ username }, context) {
    context.audit(`guest-ssh-get-authorized-keys called, username: ${username}`);
    return work(context, { username, act: "list", keys: [] }).then((lines) => ({
      keys: lines.map((line) => printableText(Buffer.from(line, "latin1"), 0, line.length)),
    }));
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
  guard: { kind: "ssh-keys", user: "username" },
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
    const act = reset ? "replace" : "add";
    return work(context, { username, act, keys: keyLines(keys) }).then(nothing);
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
  guard: { kind: "ssh-keys", user: "username" },
  whileFrozen: "refused",
  success: "reply",
  mechanism,
  audited: ({ username, keys }) => ({ arguments: { username, keys: keys.map(fingerprint) } }),
  run({ username, keys }, context) {
    context.audit(
      `guest-ssh-remove-authorized-keys called, username: ${username}, keys: ${keys.length}`,
    );
    return work(context, { username, act: "remove", keys: keyLines(keys) }).then(nothing);
  },
});

/** @throws GuestError `invalid OpenSSH public key: '%s'` for what would be a comment or several lines */
function keyLines(keys: readonly string[]): string[] {
  const invalid = keys.find((key) => key.startsWith("#") || key.includes("\n"));
  if (invalid !== undefined) {
    // It may be a private one by mistake.
    throw new GuestError(`invalid OpenSSH public key: '${invalid}'`, {
      forLogs: "invalid OpenSSH public key",
    });
  }
  return keys.map((key) => Buffer.from(encodeModifiedUtf8(key)).toString("latin1"));
}

function nothing(): void {}

async function work(
  context: CommandContext,
  what: Omit<KeyOrder, "root">,
): Promise<readonly string[]> {
  const { username } = what;
  const order: KeyOrder = { root: context.root, ...what };
  const outcome = await mustAnswer(
    context,
    { name: keysSubcommand, order, deadlineMs: keysDeadlineMs },
    `failed to work on the keys of user '${username}'`,
  );
  return keysOf(outcome as KeyOutcome, username);
}

/** @throws GuestError in the words that hosts know */
function keysOf(outcome: KeyOutcome, username: string): readonly string[] {
  if ("keys" in outcome) return outcome.keys;
  if ("errno" in outcome) {
    const what = outcome.failed === "look up" ? "lookup user" : "act as user";
    throw worded(
      `failed to ${what} '${username}'`,
      new SysError(outcome.failed, outcome.errno, username),
    );
  }
  const what = {
    read: "read",
    "make folder": "create directory",
    // One text for both the folder and the file, which is a slip of qemu-ga's.
    own: "set ownership of directory",
    write: "write to",
  }[outcome.failed];
  throw new GuestError(`failed to ${what} '${outcome.path}': ${outcome.reason}`);
}

/** For the registry. */
export const sshCommands = [
  guestSshGetAuthorizedKeys,
  guestSshAddAuthorizedKeys,
  guestSshRemoveAuthorizedKeys,
] as const;
