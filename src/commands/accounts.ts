import * as v from "valibot";
import { loggedInUsers } from "../linux/logged-in-users.ts";
import { command } from "./command.ts";
import * as returns from "./returns.ts";

export const guestGetUsers = command({
  name: "guest-get-users",
  place: 34,
  since: "2.10",
  doc: "Everybody who is logged in, each once.",
  args: () => v.strictObject({}),
  returns: () =>
    v.array(
      v.object({
        user: returns.str("the name"),
        "login-time": returns.number("seconds since 1970 at the first login that still lasts"),
      }),
    ),
  privilege: "audit",
  whileFrozen: "refused",
  success: "reply",
  mechanism: "utmp(5), else the sessions of systemd-logind",
  run: (_, { root }) =>
    loggedInUsers(root).map(({ name, since }) => ({ user: name, "login-time": since })),
});

/** For the registry. */
export const accountsCommands = [guestGetUsers] as const;
