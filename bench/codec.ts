/** Both ways of base64, the parser of requests and the writer of replies, each alone. */
import { decodeBase64 } from "../src/wire/base64.ts";
import { LongText } from "../src/wire/long-text.ts";
import { parseText } from "../src/wire/parser.ts";
import { ReplyBuffer, type ReplyValue } from "../src/wire/reply.ts";
import { readRequest } from "../src/wire/request.ts";
import { type Budget, expectSame, measure, type Task } from "./measure.ts";

const rounds = 1000;

const requests: Record<string, string> = {
  ping: '{"execute":"guest-ping"}',
  "sync with a number": '{"execute":"guest-sync","arguments":{"id":9007199254740993}}',
  "open with an id":
    '{"execute": "guest-file-open", "arguments": {"path": "/etc/hostname", "mode": "r"}, "id": "libvirt-12"}',
};

const file = { count: 4096, "buf-b64": new Uint8Array(4096).fill(0x61), eof: false };
const interfaces = Array.from({ length: 4 }, (_, index) => ({
  name: `eth${index}`,
  "ip-addresses": [{ "ip-address-type": "ipv4", "ip-address": `192.0.2.${index}`, prefix: 24 }],
  statistics: { "tx-packets": 1, "tx-errs": 0, "rx-bytes": 123456789, "rx-dropped": 0 },
  "hardware-address": "52:54:00:12:34:56",
}));
const replies: Record<string, ReplyValue | undefined> = {
  "an empty return": undefined,
  "a number": 123456,
  "4 KiB of a file": file,
  "four network interfaces": interfaces,
};

export async function benchCodec(budget: Budget): Promise<void> {
  await measure("Requests: parser and envelope", Object.entries(requests).map(parsing), budget);
  await measure("Replies: writer", Object.entries(replies).map(writing), budget);
  await measure("Replies: an error", [writingError()], budget);
  const sizes = [4096, budget.sizeBytes];
  await measure("Base64", sizes.flatMap(base64Tasks), budget);
}

function parsing([name, text]: [string, string]): Task {
  const bytes = Buffer.from(text);
  expectSame(name, readRequest(parseText(bytes)).execute, JSON.parse(text).execute);
  return {
    name,
    operations: rounds,
    run: () => {
      for (let round = 0; round < rounds; round++) readRequest(parseText(bytes));
    },
  };
}

function writing([name, value]: [string, ReplyValue | undefined]): Task {
  const buffer = new ReplyBuffer();
  buffer.writeReturn(value, "id", false);
  expectSame(name, JSON.parse(Buffer.from(buffer.next()).toString()).id, "id");
  buffer.clear();
  return {
    name,
    operations: rounds,
    run: () => {
      for (let round = 0; round < rounds; round++) {
        buffer.writeReturn(value, undefined, false);
        if (buffer.pendingBytes > buffer.capacityBytes / 2) buffer.clear();
      }
      buffer.clear();
    },
  };
}

function writingError(): Task {
  const buffer = new ReplyBuffer();
  return {
    name: "JSON parse error",
    operations: rounds,
    run: () => {
      for (let round = 0; round < rounds; round++) {
        buffer.writeError("GenericError", "JSON parse error, stray '\ufffd'", undefined);
        if (buffer.pendingBytes > buffer.capacityBytes / 2) buffer.clear();
      }
      buffer.clear();
    },
  };
}

function base64Tasks(size: number): Task[] {
  const data = new Uint8Array(size).map((_, index) => index * 7);
  const text = new LongText(Buffer.from(data.toBase64()));
  const buffer = new ReplyBuffer();
  // As a host takes it that reads at once.
  const encode = (take: (bytes: Uint8Array) => void = () => {}) => {
    buffer.writeReturn(data, undefined, false);
    while (buffer.pendingBytes > 0) {
      const bytes = buffer.next();
      take(bytes);
      buffer.consumed(bytes.length);
    }
  };
  let written = "";
  encode((bytes) => {
    written += Buffer.from(bytes).toString("latin1");
  });
  expectSame(`base64 of ${size} bytes`, written, `{"return": "${text.toString()}"}\n`);
  expectSame(`${size} bytes from base64`, decodeBase64(text), data);
  return [
    { name: `${size} bytes into a reply`, bytes: size, run: () => encode() },
    { name: `${size} bytes out of a request`, bytes: size, run: () => decodeBase64(text) },
  ];
}
