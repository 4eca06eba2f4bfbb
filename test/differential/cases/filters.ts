import { writeFileSync } from "node:fs";
import { type Case, request, type Suite, sends } from "../case.ts";
import { badJson, delimited, done, notFound, refused, returned, unknown } from "../words.ts";

const ping = '{"execute":"guest-ping"}';
const allowedNow = (command: string) =>
  `Command ${command} has been disabled: the command is not allowed`;

/** A command of the block list: the text got its reason in 9.1. */
function blocked(name: string, payload: string, command: string, id?: string): Case {
  return sends(name, payload, [unknown(`Command ${command} has been disabled`, id)], {
    difference: "disabled-text",
    ours: [unknown(allowedNow(command), id)],
  });
}

/** A command that a frozen agent refuses. */
function frozenOut(name: string, payload: string, command: string, id?: string): Case {
  return sends(
    name,
    payload,
    [unknown(`Command ${command} has been disabled: the agent is in frozen state`, id)],
    {
      difference: "disabled-text",
      ours: [unknown(allowedNow(command), id)],
    },
  );
}

export const blockList: Suite = {
  topic: "block list",
  setup: {
    flags: [
      "-b",
      "guest-get-time,guest-file-open,guest-nonsense",
      "--block-rpcs=guest-sync-delimited-x,guest-get-host-name",
    ],
  },
  cases: [
    blocked("a blocked command", '{"execute":"guest-get-time"}', "guest-get-time"),
    blocked(
      "a blocked command with an id",
      '{"execute":"guest-get-time","id":3}',
      "guest-get-time",
      "3",
    ),
    blocked(
      "blocked is told before bad arguments",
      request("guest-file-open", '{"nope":1}'),
      "guest-file-open",
    ),
    blocked(
      "blocked is told before missing arguments",
      '{"execute":"guest-file-open"}',
      "guest-file-open",
    ),
    blocked(
      "a second block list adds to the first",
      '{"execute":"guest-get-host-name"}',
      "guest-get-host-name",
    ),
    sends("a bad member is told before blocked", '{"execute":"guest-get-time","x":1}', [
      refused("QMP input member 'x' is unexpected"),
    ]),
    sends(
      "bad arguments are told before blocked when they are no object",
      '{"execute":"guest-get-time","arguments":1}',
      [refused("QMP input member 'arguments' must be an object")],
    ),
    sends("a blocked name that does not exist stays unknown", '{"execute":"guest-nonsense"}', [
      notFound("guest-nonsense"),
    ]),
    sends("other commands work", `${ping}${request("guest-sync-delimited", '{"id":1}')}`, [
      done,
      delimited(1),
    ]),
    sends(
      "commands whose name begins like a blocked one work",
      request("guest-file-close", '{"handle":1}'),
      [refused("handle '1' has not been found")],
    ),
    sends(
      "guest-get-devices is not a command on Linux",
      '{"execute":"guest-get-devices"}',
      [unknown("Command guest-get-devices has been disabled")],
      {
        difference: "guest-get-devices",
        ours: [notFound("guest-get-devices")],
      },
    ),
    sends(
      "guest-get-devices with an id",
      '{"execute":"guest-get-devices","id":"x"}',
      [unknown("Command guest-get-devices has been disabled", '"x"')],
      {
        difference: "guest-get-devices",
        ours: [notFound("guest-get-devices", '"x"')],
      },
    ),
  ],
};

export const blockedPing: Suite = {
  topic: "block list with guest-ping",
  setup: { flags: ["-b", "guest-ping"] },
  cases: [
    blocked("guest-ping can be blocked", ping, "guest-ping"),
    sends("guest-sync still works", request("guest-sync", '{"id":1}'), [returned(1)]),
  ],
};

export const frozenAtStart: Suite = {
  topic: "frozen at start",
  setup: {
    flags: ["-b", "guest-info"],
    prepare: ({ state }) => writeFileSync(`${state}/qga.state.isfrozen`, ""),
  },
  cases: [
    sends("guest-ping works", ping, [done]),
    sends("guest-sync works", request("guest-sync", '{"id":1}'), [returned(1)]),
    sends("guest-sync-delimited works", request("guest-sync-delimited", '{"id":1}'), [
      delimited(1),
    ]),
    sends(
      "a blocked command of the frozen set works",
      request("guest-info", '{"x":1}'),
      [unknown("Command guest-info has been disabled")],
      {
        difference: "frozen-overrides-lists",
        ours: [refused("Parameter 'x' is unexpected")],
      },
    ),
    sends("the status is frozen", request("guest-fsfreeze-status"), [returned('"frozen"')]),
    frozenOut("guest-get-time is refused", '{"execute":"guest-get-time"}', "guest-get-time"),
    frozenOut(
      "guest-get-osinfo is refused",
      '{"execute":"guest-get-osinfo","id":1}',
      "guest-get-osinfo",
      "1",
    ),
    frozenOut(
      "guest-file-open is refused",
      request("guest-file-open", '{"path":"/etc/passwd"}'),
      "guest-file-open",
    ),
    frozenOut(
      "guest-file-close is refused before its handle is looked up",
      request("guest-file-close", '{"handle":1}'),
      "guest-file-close",
    ),
    frozenOut(
      "refused is told before bad arguments",
      request("guest-file-read", '{"x":1}'),
      "guest-file-read",
    ),
    sends("an unknown command stays unknown", '{"execute":"guest-nope"}', [notFound("guest-nope")]),
    sends("a grammar error is told as ever", '{"execute":}', [badJson("expecting value")]),
  ],
};
