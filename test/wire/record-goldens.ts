/**
 * Asks a real qemu-ga for the replies in the goldens again, and notes the events of our scanner:
 *
 *     bun test/wire/record-goldens.ts [/usr/sbin/qemu-ga]
 *
 * The replies are the proof; the events are to be reviewed.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { goldenFiles, goldenFolder, plainResync, readGoldens, resync } from "./golden.ts";
import { scannedEvents } from "./scan-events.ts";

const connectTriesMax = 200;
const connectRetryMs = 20;

const program = process.argv[2] ?? "/usr/sbin/qemu-ga";
const home = mkdtempSync(join(tmpdir(), "guestwire-record-"));
const socketPath = join(home, "socket");
const agent = spawn(program, ["-m", "unix-listen", "-p", socketPath, "-t", home], {
  stdio: "inherit",
});
try {
  const socket = await connected();
  await record(socket);
  socket.destroy();
} finally {
  agent.kill();
  rmSync(home, { recursive: true });
}

async function connected(): Promise<Socket> {
  for (let tries = 1; ; tries++) {
    const socket = connect(socketPath);
    try {
      await once(socket, "connect");
      return socket;
    } catch (error) {
      if (tries === connectTriesMax) throw error;
      await delay(connectRetryMs);
    }
  }
}

async function record(socket: Socket): Promise<void> {
  const answers = new Map<string, string[]>();
  let number = 0;
  for (const { place, input } of readGoldens()) {
    number++;
    const replies = await exchange(socket, input, number);
    const events = scannedEvents([Buffer.concat([input, resync])]);
    const plain = plainResync(input);
    if (events.at(-1) === plain.event && replies.at(-1) === plain.reply) {
      events.pop();
      replies.pop();
    }
    answers.set(place, [
      ...events.map((line) => `@ ${line}`),
      ...replies.map((line) => `< ${line}`),
    ]);
  }
  for (const file of goldenFiles()) {
    const path = join(goldenFolder, file);
    const lines = readFileSync(path, "utf8").split("\n");
    const recorded = lines.flatMap((line, index) => {
      if (/^[@<] /.test(line)) return [];
      return [line, ...(answers.get(`${file}:${index + 1}`) ?? [])];
    });
    writeFileSync(path, recorded.join("\n"));
  }
}

/** The reply lines to `input` and the 0xFF behind it. */
async function exchange(socket: Socket, input: Uint8Array, number: number): Promise<string[]> {
  const sync = `{"execute":"guest-sync-delimited","arguments":{"id":${number}}}\n`;
  socket.write(Buffer.concat([input, resync, Buffer.from(sync)]));
  const end = `\xff{"return": ${number}}\n`;
  let received = "";
  while (!received.endsWith(end)) {
    const [chunk] = await once(socket, "data");
    received += (chunk as Buffer).toString("latin1");
  }
  const replies = received.slice(0, -end.length).replaceAll("\xff", "\\xff");
  return replies.split("\n").slice(0, -1);
}
