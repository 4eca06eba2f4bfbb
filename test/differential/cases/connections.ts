import { existsSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { bytes, join, request, type Step, type Suite } from "../case.ts";
import { agentDied } from "../exchange.ts";
import { at, close, got, open, opened, read, write, wrote } from "../file-steps.ts";
import { badJson, delimited, done, refused, returned, stray, strayByte } from "../words.ts";

const ping = '{"execute":"guest-ping"}';
const sync = (id: number) => request("guest-sync", `{"id":${id}}`);
const delimitedSync = (id: number) => request("guest-sync-delimited", `{"id":${id}}`);
const halfClose: Step = { halfClose: true };
const hangUp: Step = { hangUp: true };
const client = (name: string): Step => ({ client: name });
const ff = bytes("\xff");

/**
 * A client that closes while a reply waits in its socket, which resets the connection: the agent's next read fails
 * with ECONNRESET. The file that a second request creates proves that the reply has been sent.
 */
function leavesReplyUnread(): Step {
  return {
    act: async ({ work, socketPath }) => {
      const socket = await Bun.connect({
        unix: socketPath,
        socket: {
          open(connection) {
            connection.pause();
            connection.write(ping + createMark);
          },
          data() {},
        },
      });
      await created(`${work}/mark`);
      socket.terminate();
      return undefined;
    },
  };
}

async function created(path: string): Promise<void> {
  while (!existsSync(path)) await delay(1);
}

const createMark = request("guest-file-open", '{"path":"mark","mode":"w"}');

export const connections: Suite = {
  topic: "connection life cycle",
  setup: { ownFlags: ["--file-mode=0666"] },
  cases: [
    {
      name: "a half-close after a request: it is answered, then the agent closes",
      steps: [{ send: ping }, halfClose],
      replies: [done, "(closed)"],
    },
    {
      name: "a half-close after three requests: all are answered",
      steps: [{ send: sync(1) + sync(2) + sync(3) }, halfClose],
      replies: [returned(1), returned(2), returned(3), "(closed)"],
    },
    { name: "a half-close without any bytes", steps: [halfClose], replies: ["(closed)"] },
    {
      name: "a connection without any bytes, then the next",
      steps: [client("a"), hangUp, { ask: ping }],
      replies: [done],
    },
    {
      name: "a half-close after a failing request",
      steps: [{ send: request("guest-sync") }, halfClose],
      replies: [refused("Parameter 'id' is missing"), "(closed)"],
    },
    {
      name: "a half-close after guest-sync-delimited",
      steps: [{ send: join(ff, delimitedSync(3)) }, halfClose],
      replies: [strayByte, delimited(3), "(closed)"],
    },
    {
      name: "a half-close in the middle of a request: no reply, the half stays",
      steps: [{ send: ping.slice(0, -1) }, halfClose, { send: "}" }],
      replies: ["(closed)", done],
    },
    {
      name: "a half-close in the middle of a second request",
      steps: [{ send: sync(1) + ping.slice(0, -1) }, halfClose, { send: `,"id":2}` }],
      replies: [returned(1), "(closed)", '{"return": {}, "id": 2}'],
    },
    {
      name: "a half-close behind a number: the error comes with the next client's bytes",
      steps: [{ send: "12" }, halfClose, { send: `\n${ping}` }],
      replies: ["(closed)", refused("QMP input must be a JSON object"), done],
    },
    {
      name: "a half-close behind a keyword",
      steps: [{ send: "hel" }, halfClose, { send: `lo ${ping}` }],
      replies: ["(closed)", badJson("invalid keyword 'hello'"), done],
    },
    {
      name: "a half-close while skipping rubbish",
      steps: [{ send: "@abc" }, halfClose, { send: `def\n${ping}` }],
      replies: [stray("@"), "(closed)", done],
    },
    {
      name: "half a request, a hang-up: the next client completes it",
      steps: [{ send: '{"execute":"guest-sync","arguments":{"id":4' }, hangUp, { send: "2}}" }],
      replies: [returned(42)],
    },
    {
      name: "half a string, a hang-up: the next client completes it",
      steps: [{ send: '{"execute":"guest-' }, hangUp, { send: `ping"}` }],
      replies: [done],
    },
    {
      name: "half an escape, a hang-up: the next client completes it",
      steps: [{ send: '{"execute":"guest-ping","id":"\\u00' }, hangUp, { send: `e9"}` }],
      replies: ['{"return": {}, "id": "\\u00E9"}'],
    },
    {
      name: "half a UTF-8 character, a hang-up: the next client completes it",
      steps: [
        { send: join('{"execute":"guest-ping","id":"', bytes("\xc3")) },
        hangUp,
        { send: join(bytes("\xa9"), '"}') },
      ],
      replies: ['{"return": {}, "id": "\\u00E9"}'],
    },
    {
      name: "half a request spoils the next client's request",
      steps: [{ send: '{"execute":' }, hangUp, { send: `${ping}}\n${ping}` }],
      replies: [refused("QMP input member 'execute' must be a string"), done],
    },
    {
      name: "an open string swallows the next client's request up to its first quote",
      steps: [{ send: '{"execute":"guest-' }, hangUp, { send: `${ping}\n` }],
      replies: [stray("-p"), badJson("expecting value")],
    },
    {
      name: "an open brace waits for two closing braces of the next client",
      steps: [{ send: "{" }, hangUp, { send: `${ping}` }],
      replies: [],
    },
    {
      name: "half a request, a hang-up, and a next client that starts with 0xFF",
      steps: [{ send: '{"execute":"guest-' }, hangUp, { send: join(ff, delimitedSync(8)) }],
      replies: [stray('"guest-\uFFFD'), delimited(8)],
    },
    {
      name: "half a request, two hang-ups, the third client completes it",
      steps: [{ send: '{"execute":' }, hangUp, { send: '"guest-' }, hangUp, { send: 'ping"}' }],
      replies: [done],
    },
    // A client that is not served yet sends and goes, so its request is handled when nobody is there any more.
    {
      name: "a client that goes before its reply leaves nothing for the next",
      steps: [
        { ask: sync(1) },
        client("b"),
        { send: sync(2) },
        hangUp,
        client("a"),
        hangUp,
        client("c"),
        { ask: sync(3) },
      ],
      replies: [returned(1), returned(3)],
    },
    {
      name: "a client that goes before a hundred replies",
      steps: [
        { ask: sync(1) },
        client("b"),
        { send: Array.from({ length: 100 }, (_, i) => sync(i)).join("") },
        hangUp,
        client("a"),
        hangUp,
        client("c"),
        { ask: sync(3) },
      ],
      replies: [returned(1), returned(3)],
    },
    {
      name: "a client that goes before its delimited reply leaves no 0xFF",
      steps: [
        { ask: sync(1) },
        client("b"),
        { send: delimitedSync(2) },
        hangUp,
        client("a"),
        hangUp,
        client("c"),
        { ask: ping },
      ],
      replies: [returned(1), done],
    },
    {
      name: "a client that goes before its errors",
      steps: [
        { ask: sync(1) },
        client("b"),
        { send: "]]]@" },
        hangUp,
        client("a"),
        hangUp,
        client("c"),
        { ask: `\n${ping}` },
      ],
      replies: [returned(1), done],
    },
    {
      name: "a client that goes with its reply unread",
      steps: [leavesReplyUnread(), { ask: sync(2) }],
      replies: [agentDied],
      difference: "client-leaves-reply-unread",
      ours: [returned(2)],
    },
    {
      name: "a second client waits until the first one goes",
      steps: [
        { ask: sync(1) },
        client("b"),
        { send: sync(2) },
        client("a"),
        { ask: sync(3) },
        hangUp,
        client("b"),
      ],
      replies: [returned(1), returned(3), returned(2)],
    },
    {
      name: "a second client waits until the first one half-closes",
      steps: [
        { ask: sync(1) },
        client("b"),
        { send: sync(2) },
        client("a"),
        { send: sync(3) },
        halfClose,
        client("b"),
      ],
      replies: [returned(1), returned(3), "(closed)", returned(2)],
    },
    {
      name: "a second client that goes again unserved: its request is answered to nobody",
      steps: [
        { ask: sync(1) },
        client("b"),
        { send: sync(2) },
        hangUp,
        client("a"),
        { ask: sync(3) },
        hangUp,
        client("c"),
        { ask: sync(4) },
      ],
      replies: [returned(1), returned(3), returned(4)],
    },
    {
      name: "a second client that goes again unserved has still opened a file",
      steps: [
        { ask: sync(1) },
        client("b"),
        { send: createMark },
        hangUp,
        client("a"),
        { look: "mark" },
        { ask: sync(3) },
        hangUp,
        client("c"),
        { ask: sync(4) },
        { look: "mark" },
      ],
      replies: [
        returned(1),
        "mark: absent",
        returned(3),
        returned(4),
        'mark: 0 bytes, mode 666, ""',
      ],
    },
    {
      name: "a half request of the second client stays for the third",
      steps: [
        { ask: sync(1) },
        client("b"),
        { send: '{"execute":"guest-' },
        hangUp,
        client("a"),
        { ask: sync(3) },
        hangUp,
        client("c"),
        { send: 'ping"}' },
      ],
      replies: [returned(1), returned(3), done],
    },
    {
      name: "three clients are served in the order of their connections",
      steps: [
        { ask: sync(1) },
        client("b"),
        { send: sync(2) },
        client("c"),
        { send: sync(3) },
        client("a"),
        hangUp,
        client("b"),
        { ask: "" },
        { ask: sync(4) },
        hangUp,
        client("c"),
      ],
      replies: [returned(1), returned(2), returned(4), returned(3)],
    },
    {
      name: "a file opened by one client is read by the next",
      steps: [
        open("f", "w+"),
        write("abc"),
        hangUp,
        { ask: request("guest-file-seek", '{"handle":<h>,"offset":0,"whence":0}') },
        read(),
        close(),
      ],
      replies: [opened, wrote(3), at(0), got("abc", true), done],
    },
    {
      name: "data still in a file's buffer is not lost with the client",
      steps: [open("f", "w"), write("abc"), hangUp, { look: "f" }, close(), { look: "f" }],
      replies: [opened, wrote(3), 'f: 0 bytes, mode 666, ""', done, 'f: 3 bytes, mode 666, "abc"'],
    },
    {
      name: "a file's buffer is not flushed when its client goes",
      steps: [open("f", "w"), write("abc"), hangUp, { ask: ping }, { look: "f" }, close()],
      replies: [opened, wrote(3), done, 'f: 0 bytes, mode 666, ""', done],
    },
    {
      name: "twenty connections one after another",
      steps: Array.from({ length: 20 }, (_, i): Step[] => [{ ask: sync(i) }, hangUp]).flat(),
      replies: Array.from({ length: 20 }, (_, i) => returned(i)),
    },
  ],
};
