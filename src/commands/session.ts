import * as v from "valibot";
import { command } from "./command.ts";
import { int64 } from "./qapi.ts";
import * as returns from "./returns.ts";

export const guestSyncDelimited = command({
  name: "guest-sync-delimited",
  place: 1,
  since: "1.1",
  doc: "Echoes `id`, with the byte 0xFF before the reply, so that a client finds the end of whatever was left over from others.",
  args: () => v.strictObject({ id: int64() }),
  returns: () => returns.int64("the id"),
  privilege: "audit",
  whileFrozen: "allowed",
  success: "reply",
  sentinel: true,
  mechanism: "none",
  run: ({ id }) => id,
});

export const guestSync = command({
  name: "guest-sync",
  place: 2,
  since: "0.15.0",
  doc: "Echoes `id`, so that a client can tell the replies to its own requests from stale ones.",
  args: () => v.strictObject({ id: int64() }),
  returns: () => returns.int64("the id"),
  privilege: "audit",
  whileFrozen: "allowed",
  success: "reply",
  mechanism: "none",
  run: ({ id }) => id,
});

export const guestPing = command({
  name: "guest-ping",
  place: 3,
  since: "0.15.0",
  doc: "Does nothing; that it is answered is the answer.",
  args: () => v.strictObject({}),
  returns: null,
  privilege: "audit",
  whileFrozen: "allowed",
  success: "reply",
  mechanism: "none",
  run() {},
});

export const guestInfo = command({
  name: "guest-info",
  place: 6,
  since: "0.15.0",
  doc: "The version of the protocol and the commands of this agent, those that are switched off included.",
  args: () => v.strictObject({}),
  returns: () =>
    v.object({
      version: returns.str("the QEMU release whose guest agent schema is implemented"),
      supported_commands: v.array(
        v.object({
          name: returns.str("the command"),
          enabled: returns.bool("false when a list or a frozen file system forbids it"),
          "success-response": returns.bool("false when success is told by silence"),
        }),
      ),
    }),
  privilege: "audit",
  whileFrozen: "allowed",
  success: "reply",
  mechanism: "the registry and the command filter",
  run: (_, context) => ({
    version: protocolVersion,
    supported_commands: context.commands(),
  }),
});

/**
 * The QEMU release whose schema and behaviour this agent has. Clients take guest-info's version for QEMU's (KubeVirt
 * has lists of supported ones, vdsm and virt-freezer print it), so guestwire's own number does not belong there.
 */
export const protocolVersion = "11.0.0";

/** For the registry. */
export const sessionCommands = [guestSyncDelimited, guestSync, guestPing, guestInfo] as const;
