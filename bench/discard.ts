/**
 * What a unix socket carries at the most: reads everything, throws it away, and answers a sync or a ping where one is the
 * last thing that came. It takes an agent's options and knows nothing else of an agent.
 */
import { parseArgs } from "node:util";
import { type Fd, WOULD_BLOCK } from "../native/fd.ts";
import { EPOLLIN, poll } from "../native/reactor.ts";
import { accept, listenUnix } from "../native/socket.ts";

const forever = -1;
const chunkBytes = 256 * 1024;
const newline = 0x0a;
/** Longer than any request that is answered. */
const requestBytesMax = 256;

const { values } = parseArgs({
  options: {
    method: { type: "string", short: "m" },
    path: { type: "string", short: "p" },
    statedir: { type: "string", short: "t" },
  },
});

function answer(requests: string): string {
  const id = /"guest-sync-delimited","arguments":\{"id":(\d+)\}\}\n$/.exec(requests)?.[1];
  if (id !== undefined) return `\xff{"return": ${id}}\n`;
  if (requests.endsWith('{"execute":"guest-ping"}\n')) return '{"return": {}}\n';
  if (!/\{"execute":"[a-z-]+".*\}\n$/.test(requests)) return "";
  return '{"error": {"class": "CommandNotFound", "desc": "Everything else is thrown away"}}\n';
}

function serve(client: Fd): void {
  const memory = new Uint8Array(requestBytesMax + chunkBytes);
  let kept = 0;
  for (;;) {
    poll(client, EPOLLIN, forever);
    const count = client.tryRead(memory.subarray(kept));
    if (count === 0) return;
    if (count === WOULD_BLOCK) continue;
    const end = kept + count;
    const start = Math.max(0, end - requestBytesMax);
    if (memory[end - 1] === newline) {
      const reply = answer(Buffer.from(memory.buffer, start, end - start).toString("latin1"));
      if (reply !== "") client.tryWrite(Buffer.from(reply, "latin1"));
      kept = 0;
    } else {
      memory.copyWithin(0, start, end);
      kept = end - start;
    }
  }
}

const listener = listenUnix(values.path ?? "", 1);
for (;;) {
  poll(listener, EPOLLIN, forever);
  using client = accept(listener);
  if (client !== null) serve(client);
}
