/**
 * What guestwire cp makes of a socket: a large file each way, compared with what the same socket carries when nobody does
 * anything with it, in turn; and many small files. All of it in memory (/dev/shm), so that no disk is measured.
 *
 * npm run bench:copy -- [--mib=N] [--files=N] [--rounds=N]
 */
import { spawnSync } from "node:child_process";
import { createHash, randomFillSync } from "node:crypto";
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { WOULD_BLOCK } from "../native/fd.ts";
import { EPOLLIN, EPOLLOUT, poll } from "../native/reactor.ts";
import { PrivateAgent } from "./private-agent.ts";

const mebibyte = 1024 * 1024;
const forever = -1;
const lookMs = 5;
const guestwire = join(import.meta.dirname, "../dist/guestwire");

const { values } = parseArgs({
  options: {
    mib: { type: "string", default: "1024" },
    files: { type: "string", default: "10000" },
    rounds: { type: "string", default: "5" },
  },
});
const bytes = Number(values.mib) * mebibyte;
const fileCount = Number(values.files);
const rounds = Number(values.rounds);

const folder = mkdtempSync("/dev/shm/guestwire-copy-");
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

function made(name: string): string {
  const path = join(folder, name);
  mkdirSync(path);
  return path;
}

/** Seconds that `work` took. */
function timed(work: () => void): number {
  const started = performance.now();
  work();
  return (performance.now() - started) / 1000;
}

interface Usage {
  readonly seconds: number;
  readonly peakMib: number;
}

/** Not what wait4(2) tells of its memory: that begins with the memory of the process it was started by. */
async function copied(...words: readonly string[]): Promise<Usage> {
  const started = performance.now();
  const program = Bun.spawn([guestwire, "cp", ...words], {
    stdio: ["ignore", "inherit", "inherit"],
  });
  let peakKib = 0;
  const looking = setInterval(() => {
    peakKib = Math.max(peakKib, peakKiB(program.pid) ?? 0);
  }, lookMs);
  const code = await program.exited;
  const seconds = (performance.now() - started) / 1000;
  clearInterval(looking);
  if (code !== 0) throw new Error(`cp ${words.join(" ")}: exit code ${code}`);
  return { seconds, peakMib: peakKib / 1024 };
}

function peakKiB(pid: number): number | null {
  const path = `/proc/${pid}/status`;
  if (!existsSync(path)) return null;
  return Number(/VmHWM:\s*(\d+)/.exec(readFileSync(path, "latin1"))?.[1] ?? 0);
}

/** Sends as many bytes as the file has in base64 to somebody who throws them away. */
function socketAlone(sink: PrivateAgent): number {
  using fd = sink.connect();
  const piece = new Uint8Array(mebibyte).fill(0x41);
  const ping = Buffer.from('\n{"execute":"guest-ping"}\n');
  const send = (all: Uint8Array) => {
    for (let rest = all; rest.length > 0; ) {
      const count = fd.tryWrite(rest);
      if (count === WOULD_BLOCK) poll(fd, EPOLLOUT, forever);
      else rest = rest.subarray(count);
    }
  };
  return timed(() => {
    for (let left = Math.ceil(bytes / 3) * 4; left > 0; left -= piece.length) {
      send(left < piece.length ? piece.subarray(0, left) : piece);
    }
    send(ping);
    poll(fd, EPOLLIN, forever);
    fd.tryRead(new Uint8Array(mebibyte));
  });
}

function sum(path: string): string {
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;
}

const source = join(folder, "large");
const file = openSync(source, "w");
const piece = new Uint8Array(mebibyte);
for (let at = 0; at < bytes; at += mebibyte) writeSync(file, randomFillSync(piece));
closeSync(file);
const small = made("small");
for (let index = 0; index < fileCount; index++) {
  const inner = join(small, String(index % 100));
  if (index < 100) mkdirSync(inner);
  writeFileSync(join(inner, String(index)), piece.subarray(0, 100 + (index % 40) * 100));
}

await using agent = new PrivateAgent([guestwire]);
await using sink = new PrivateAgent([process.execPath, join(import.meta.dirname, "discard.ts")]);
agent.connect().close();
const [guest, back] = [made("guest"), made("back")];
const inGuest = (path: string) => `${agent.socket}:${path}`;

const figures = { socket: [] as number[], up: [] as Usage[], down: [] as Usage[] };
for (let round = 0; round < rounds; round++) {
  const turns = [
    async () => figures.socket.push(socketAlone(sink)),
    async () => figures.up.push(await copied(source, inGuest(join(guest, "large")))),
    async () => figures.down.push(await copied(inGuest(source), join(back, "large"))),
  ];
  for (const turn of round % 2 === 0 ? turns : turns.toReversed()) await turn();
  rmSync(join(guest, "large"));
  if (sum(join(back, "large")) !== sum(source)) throw new Error("The copy is not what was there");
  rmSync(join(back, "large"));
}
const many = [
  ["to the guest", await copied("-r", small, inGuest(guest))],
  ["from the guest", await copied("-r", inGuest(small), back)],
] as const;
const same = spawnSync("diff", ["-r", small, join(back, "small")]);
if (same.status !== 0) throw new Error(same.stdout.toString());

const socketSeconds = median(figures.socket);
const row = (cells: readonly string[]) => console.log(`| ${cells.join(" | ")} |`);
row(["what", "seconds", "MB/s of the file", "of the socket's own", "peak memory"]);
row(["---", "---:", "---:", "---:", "---:"]);
const rate = (seconds: number) => (bytes / seconds / 1e6).toFixed(0);
row([
  `the socket alone, ${values.mib} MiB in base64`,
  socketSeconds.toFixed(2),
  rate(socketSeconds),
  "1",
  "",
]);
for (const [title, usages] of [
  ["to the guest", figures.up],
  ["from the guest", figures.down],
] as const) {
  const seconds = median(usages.map((each) => each.seconds));
  const ratio = median(usages.map((each, index) => (figures.socket[index] ?? 0) / each.seconds));
  const peak = Math.max(...usages.map(({ peakMib }) => peakMib));
  row([
    `a file ${title}`,
    seconds.toFixed(2),
    rate(seconds),
    ratio.toFixed(2),
    `${peak.toFixed(0)} MiB`,
  ]);
}
for (const [title, { seconds, peakMib }] of many) {
  const perSecond = `${Math.round(fileCount / seconds)} files/s`;
  row([
    `${fileCount} small files ${title}`,
    seconds.toFixed(2),
    perSecond,
    "",
    `${peakMib.toFixed(0)} MiB`,
  ]);
}
console.log(
  `\nPeak memory of the agent: ${((peakKiB(agent.pid) ?? 0) / 1024).toFixed(0)} MiB. Load: ${readFileSync("/proc/loadavg", "latin1").trim()}`,
);
