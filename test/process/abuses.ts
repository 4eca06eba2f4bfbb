import { closeSync, ftruncateSync, openSync } from "node:fs";
import { EPOLLIN, EPOLLOUT, poll } from "../../native/reactor.ts";
import type { Agent } from "./agent.ts";
import { type Client, request } from "./client.ts";

const kibibyte = 1024;
const mebibyte = kibibyte * kibibyte;
const firstReplyMsMax = 30_000;
/** An agent that takes nothing for so long waits for its replies to be read. */
const blockedMs = 500;
const hangUps = 1000;

/** Something no client should do to an agent. When it resolves, every connection it made is closed. */
export type Abuse = {
  readonly name: string;
  commit(agent: Agent): Promise<void>;
};

/** The one client says all this, takes whatever replies come, and leaves. */
function saying(name: string, bytes: () => string | Uint8Array): Abuse {
  return {
    name,
    async commit(agent) {
      using client = await agent.connect();
      client.pump(bytes());
      // Until it has been read to its end there is nothing to look at.
      client.sync();
    },
  };
}

/** One client after the other does the same. */
function again(name: string, times: number, act: (client: Client) => void): Abuse {
  return {
    name,
    async commit(agent) {
      for (let time = 0; time < times; time++) {
        using client = await agent.connect();
        act(client);
      }
    },
  };
}

export const abuses: readonly Abuse[] = [
  saying("16 MiB of random bytes", () => noise(16 * mebibyte)),
  saying("1 MiB of nothing but 0xFF", () => Buffer.alloc(mebibyte, 0xff)),
  saying("2 MiB of random bytes, each second one 0xFF", () =>
    noise(2 * mebibyte).map((byte, index) => (index % 2 === 0 ? 0xff : byte)),
  ),
  saying("1 MiB of opening brackets", () => Buffer.alloc(mebibyte, "[")),
  saying("1 MiB of nested objects", () => Buffer.alloc(mebibyte, '{"a":')),
  saying("a string of 70 MiB", () =>
    Buffer.concat([Buffer.from('{"execute":"'), Buffer.alloc(70 * mebibyte, "a")]),
  ),
  saying("a string of 70 MiB of escapes", () =>
    Buffer.concat([Buffer.from('{"execute":"'), Buffer.alloc(70 * mebibyte, "\\u0000")]),
  ),
  saying("a request of 63 MiB of text as its id", () =>
    Buffer.concat([
      Buffer.from('{"execute":"guest-ping","id":"'),
      Buffer.alloc(63 * mebibyte, "\xe9"),
      Buffer.from('"}\n'),
    ]),
  ),
  saying("64 MiB of blanks inside of a bracket", () =>
    Buffer.concat([Buffer.from("["), Buffer.alloc(64 * mebibyte, " ")]),
  ),
  saying("3 million tokens in one list", () => `[${"1,".repeat(1_500_000)}1]`),
  saying("2 million tokens in one list, which are allowed", () => `[${"[],".repeat(690_000)}1]`),
  saying("an object of 300,000 members", () => manyMembers(300_000)),
  again("half a request and a hang-up, 1,000 times", hangUps, (client) => {
    client.send('{"execute": "guest-pi');
  }),
  again("a connect and a hang-up, 1,000 times", hangUps, () => {}),
  again("a request and a hang-up before its reply, 1,000 times", hangUps, (client) => {
    client.send(request("guest-info"));
  }),
  again("20,000 pings whose replies are never read", 1, (client) => {
    client.send(request("guest-ping").repeat(20_000));
  }),
  again("guest-info without end, whose replies are never read", 1, (client) => {
    // More than sockets and the agent hold: it stops to read, and not all can be sent.
    let rest = Buffer.from(request("guest-info").repeat(50_000));
    while (poll(client.fd, EPOLLOUT, blockedMs) !== 0) rest = rest.subarray(client.sendSome(rest));
    if (rest.length === 0) throw new Error("The agent goes on reading without an end");
  }),
  {
    name: "four reads of 48 MiB of a sparse file that are never read",
    async commit(agent) {
      using client = await agent.client();
      const handle = openSparse(agent, client);
      client.send(readRequest(handle).repeat(4));
      poll(client.fd, EPOLLIN, firstReplyMsMax);
      client.close();
      using next = await agent.client();
      next.call("guest-file-close", { handle });
    },
  },
  {
    name: "a read of 48 MiB of which the half is read",
    async commit(agent) {
      using client = await agent.client();
      const handle = openSparse(agent, client);
      client.send(readRequest(handle));
      const part = new Uint8Array(mebibyte);
      for (let got = 0; got < 32 * mebibyte; ) {
        poll(client.fd, EPOLLIN, firstReplyMsMax);
        got += Math.max(0, client.fd.tryRead(part));
      }
      client.close();
      using next = await agent.client();
      next.call("guest-file-close", { handle });
    },
  },
  {
    name: "a write of 47 MiB",
    async commit(agent) {
      using client = await agent.client();
      const handle = client.call("guest-file-open", { path: "/dev/null", mode: "w" });
      const payload = Buffer.alloc(47 * mebibyte, 0xa5).toString("base64");
      client.pump(request("guest-file-write", { handle, "buf-b64": payload }));
      client.reply();
      client.call("guest-file-close", { handle });
    },
  },
];

function openSparse(agent: Agent, client: Client): unknown {
  const path = agent.file("sparse");
  const number = openSync(path, "w");
  ftruncateSync(number, 1024 * mebibyte);
  closeSync(number);
  return client.call("guest-file-open", { path });
}

function readRequest(handle: unknown): string {
  return request("guest-file-read", { handle, count: 48 * mebibyte });
}

function manyMembers(count: number): string {
  const members = Array.from({ length: count }, (_, index) => `"m${index}":0`);
  return `{"execute":"guest-ping","arguments":{${members.join()}}}\n`;
}

/** Bytes of all values, the same ones in every run. */
function noise(count: number): Uint8Array {
  const words = new Uint32Array(count / 4);
  let state = 2463534242;
  for (let index = 0; index < words.length; index++) {
    // Marsaglia's xorshift32: no quality needed, only that a failure can be repeated.
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    words[index] = state;
  }
  return new Uint8Array(words.buffer);
}
