import { expect, test } from "bun:test";
import { mkdirSync } from "node:fs";
import { UtmpType, Utmpx } from "../../native/structs.ts";
import { loggedInUsers } from "../../src/linux/logged-in-users.ts";
import { systemRoots } from "./system-root.ts";

const rootWith = systemRoots();

/** A file of /run/systemd/sessions as systemd 257 writes it, shortened. */
function session(members: Readonly<Record<string, string>>): string {
  const all = { UID: "1000", ACTIVE: "1", STATE: "active", CLASS: "user", TYPE: "tty", ...members };
  const lines = Object.entries(all).map(([key, value]) => `${key}=${value}\n`);
  return `# This is private data. Do not parse.\n${lines.join("")}MONOTONIC=1\n`;
}

const folder = "/run/systemd/sessions";

test("where there is no utmp, the sessions of systemd are told, from the oldest on", () => {
  const root = rootWith({
    [`${folder}/5`]: session({ USER: "ada", REALTIME: "1700000009000000" }),
    [`${folder}/c1`]: session({ USER: "gdm", CLASS: "greeter", REALTIME: "1700000000000000" }),
    [`${folder}/2`]: session({ USER: "ada", CLASS: "manager", REALTIME: "1600000000000000" }),
    [`${folder}/3`]: session({ USER: "eve", STATE: "closing", REALTIME: "1700000001000000" }),
    [`${folder}/7`]: session({ USER: "root", CLASS: "user-early", REALTIME: "1700000003250000" }),
    [`${folder}/8`]: session({ USER: "ada", REALTIME: "1700000002500000" }),
    [`${folder}/9`]: session({ USER: "new" }),
    [`${folder}/9.ref`]: "",
  });
  expect(loggedInUsers(root)).toEqual([
    { name: "ada", since: 1_700_000_002.5 },
    { name: "root", since: 1_700_000_003.25 },
  ]);
});

test("where there is a utmp, it alone is told", () => {
  const sessions = { [`${folder}/5`]: session({ USER: "ada", REALTIME: "1700000009000000" }) };
  const login = Utmpx.make({
    ut_type: UtmpType.USER_PROCESS,
    ut_user: new TextEncoder().encode("bob"),
    "ut_tv.tv_sec": 1_700_000_000,
    "ut_tv.tv_usec": 500_000,
  });
  expect(loggedInUsers(rootWith({ ...sessions, "/var/run/utmp": "" }))).toEqual([]);
  expect(loggedInUsers(rootWith({ ...sessions, "/var/run/utmp": login }))).toEqual([
    { name: "bob", since: 1_700_000_000.5 },
  ]);
});

test("without either nobody is logged in", () => expect(loggedInUsers(rootWith({}))).toEqual([]));

test("a utmp that cannot be read is an error, not an empty answer", () => {
  const root = rootWith({});
  mkdirSync(`${root}/var/run/utmp`, { recursive: true });
  expect(() => loggedInUsers(root)).toThrow("EISDIR");
});
