/**
 * A guest agent of few words, as a process of its own, since the benchmark under test waits without an event loop:
 *
 *   bun fake-agent.ts SOCKET RECORD HABIT...
 *
 * Every request is added to the file RECORD as a line. Habits are what it does wrong, see the table.
 */
import { appendFileSync } from "node:fs";
import { createServer, type Socket } from "node:net";

const [path = "", record = "", ...habits] = process.argv.slice(2);

interface Request {
  readonly execute: string;
  readonly arguments?: Readonly<Record<string, string | number>>;
}

const known = [
  "guest-info",
  "guest-ping",
  "guest-sync-delimited",
  "guest-file-open",
  "guest-file-close",
  "guest-file-read",
  "guest-file-seek",
  "guest-file-write",
  "guest-exec",
  "guest-exec-status",
  "guest-get-osinfo",
  "guest-get-disks",
  "guest-network-get-interfaces",
];

let pings = 0;
let lastHandle = 0;
const opened = new Map<number, string>();

function fileText(path: string): Uint8Array {
  if (path === "/dev/zero") return new Uint8Array(16 * 2 ** 20);
  return Buffer.from(path.endsWith("boot_id") ? "00000000-another-machine\n" : "1 (fake) S 0 0\n");
}

function read(args: Request["arguments"]): unknown {
  const bytes = fileText(opened.get(Number(args?.handle)) ?? "").slice(0, Number(args?.count));
  if (habits.includes("reads-wrong") && bytes.length > 4096) bytes[17] = 1;
  return { count: bytes.length, "buf-b64": Buffer.from(bytes).toString("base64"), eof: false };
}

/** What it returns; null: nothing at all. */
const answers: Readonly<Record<string, (args: Request["arguments"]) => unknown>> = {
  "guest-info": () => ({
    version: "0.0-fake",
    supported_commands: known.map((name) => ({
      name,
      enabled: !habits.includes(`without-${name}`),
      "success-response": true,
    })),
  }),
  "guest-ping": () => {
    pings++;
    return habits.includes("falls-silent") && pings > 3 ? null : {};
  },
  "guest-file-open": (args) => {
    opened.set(++lastHandle, String(args?.path));
    return lastHandle;
  },
  "guest-file-close": (args) => {
    opened.delete(Number(args?.handle));
    return {};
  },
  "guest-file-read": read,
  "guest-file-seek": () => ({ position: 0, eof: false }),
  "guest-network-get-interfaces": () => [],
  "guest-get-osinfo": () => ({ "pretty-name": "Fake <b>OS</b>", machine: "abacus" }),
};

function answer(socket: Socket, { execute, arguments: args }: Request): void {
  if (execute === "guest-sync-delimited") {
    socket.write(Buffer.from(`\xff{"return": ${args?.id}}\n`, "latin1"));
    return;
  }
  if (execute === "guest-get-disks" && habits.includes("hangs-up")) {
    socket.end();
    return;
  }
  const run = habits.includes(`without-${execute}`) ? undefined : answers[execute];
  if (run === undefined) {
    const desc = `The command ${execute} has not been found`;
    socket.write(`{"error": {"class": "CommandNotFound", "desc": "${desc}"}}\n`);
    return;
  }
  const returned = run(args);
  if (returned !== null) socket.write(`{"return": ${JSON.stringify(returned)}}\n`);
}

createServer((socket) => {
  let pending = "";
  socket.on("error", () => socket.destroy());
  socket.on("data", (chunk) => {
    pending += chunk.toString("latin1");
    const lines = pending.split("\n");
    pending = lines.pop() ?? "";
    for (const line of lines) {
      // Whatever is no request behind the last 0xFF is noise.
      const text = line.slice(line.lastIndexOf("\xff") + 1);
      if (!text.startsWith('{"execute"')) continue;
      appendFileSync(record, `${text.slice(0, 300)}\n`);
      answer(socket, JSON.parse(text));
    }
  });
}).listen(path);
