/**
 * Writes docs/exec-cp-watch.svg, a moving picture of the client at work with a real agent: `npm run record`, for an agent that
 * is started for it, or `npm run record -- SOCKET` for one that serves already, such as in a guest.
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { movingPicture } from "./recording/moving-picture.ts";
import { type Deed, Recorder, type Recording } from "./recording/recorder.ts";

const project = join(import.meta.dirname, "..");
const binary = join(project, "dist/guestwire");
export const recordingPath = "docs/exec-cp-watch.svg";
const title = "guestwire exec, cp and watch at a terminal, with a real agent";

/** What is copied; large enough for a guest that the copying is seen. */
const copied = "/tmp/backup.tar";
const copiedMiB = 40;

const size = { columns: 100, rows: 22 };

const deeds: readonly Deed[] = [
  { kind: "pause", ms: 500 },
  { kind: "run", line: "guestwire exec web -- uname -sr" },
  { kind: "pause", ms: 700 },
  {
    kind: "run",
    line: "guestwire exec web -- sh -c 'for i in 1 2 3; do echo $i; sleep 1; done; exit 3'; echo code $?",
  },
  { kind: "pause", ms: 1_200 },
  { kind: "run", line: `guestwire cp web:${copied} . && ls -lh backup.tar` },
  { kind: "pause", ms: 1_200 },
  { kind: "run-until", line: "guestwire watch web --interval 1", ms: 7_000, keys: "q" },
  { kind: "pause", ms: 1_500 },
];

/** What somebody sees who does all that. @param socket an agent's */
export async function recorded(socket: string, all: readonly Deed[]): Promise<Recording> {
  const folder = mkdtempSync(join(tmpdir(), "guestwire-record-"));
  try {
    mkdirSync(join(folder, "bin"));
    symlinkSync(binary, join(folder, "bin/guestwire"));
    // A name that is short to type, and to read.
    symlinkSync(socket, join(folder, "web"));
    await using recorder = new Recorder(size, folder, {
      PATH: `${join(folder, "bin")}:/usr/bin:/bin`,
    });
    return await recorder.carryOut(all);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Starts an agent for as long as `work` takes. */
async function withAgent<T>(work: (socket: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "guestwire-record-agent-"));
  const socket = join(folder, "agent.sock");
  const agent = Bun.spawn(
    [binary, "--method=unix-listen", `--path=${socket}`, `--statedir=${folder}`],
    { stdio: ["ignore", "ignore", "inherit"] },
  );
  try {
    while (!existsSync(socket)) {
      if (agent.exitCode !== null) throw new Error(`The agent ended with ${agent.exitCode}`);
      await Bun.sleep(5);
    }
    return await work(socket);
  } finally {
    agent.kill("SIGTERM");
    await agent.exited;
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Does it all, with a file in the guest for as long as that takes. */
async function recordedDeeds(socket: string): Promise<Recording> {
  const inGuest = async (...argv: readonly string[]) => {
    const child = Bun.spawn([binary, "exec", "--quiet", socket, "--", ...argv], {
      stderr: "ignore",
    });
    if ((await child.exited) !== 0) throw new Error(`"${argv.join(" ")}" failed in the guest`);
  };
  await inGuest("dd", "if=/dev/urandom", `of=${copied}`, "bs=1M", `count=${copiedMiB}`);
  try {
    return await recorded(socket, deeds);
  } finally {
    await inGuest("rm", copied);
  }
}

if (import.meta.main) {
  const [socket] = process.argv.slice(2);
  const recording = await (socket === undefined ? withAgent(recordedDeeds) : recordedDeeds(socket));
  await Bun.write(join(project, recordingPath), movingPicture(title, recording));
  console.log(recordingPath);
}
