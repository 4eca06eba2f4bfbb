/**
 * The main job on real input: builds guestwire for this machine, starts it as an agent on a private socket, has a first
 * conversation with it and serves until Ctrl-C.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { allCommands } from "../src/commands/registry.ts";
import { firstConversation } from "./first-conversation.ts";

const project = join(import.meta.dirname, "..");
const binary = join(project, "dist/guestwire");

/** Nothing that changes this machine, but for files. */
const allowed = allCommands()
  .filter(({ privilege }) => ["audit", "file-read", "file-write"].includes(privilege))
  .map(({ name }) => name)
  .join(",");

async function build(): Promise<void> {
  const compiler = Bun.spawn([process.execPath, join(project, "build.ts")], {
    stdio: ["ignore", "inherit", "inherit"],
  });
  if ((await compiler.exited) !== 0) throw new Error("The build failed");
}

async function untilListening(agent: Bun.Subprocess, socket: string): Promise<void> {
  const inode = () => readFileSync("/proc/net/unix", "latin1").includes(` ${socket}\n`);
  while (!inode()) {
    if (agent.exitCode !== null)
      throw new Error(`The agent ended with exit code ${agent.exitCode}`);
    await Bun.sleep(1);
  }
}

async function main(): Promise<number> {
  await build();
  // mkdtemp(3) makes it with mode 0700: nobody else gets at the socket.
  const folder = mkdtempSync(join(tmpdir(), "guestwire-"));
  const socket = join(folder, "agent.sock");
  const agent = Bun.spawn(
    [
      binary,
      "--method=unix-listen",
      `--path=${socket}`,
      `--statedir=${folder}`,
      `--allow-rpcs=${allowed}`,
    ],
    { stdio: ["ignore", "inherit", "inherit"] },
  );
  let wanted = false;
  const stop = () => {
    wanted = true;
    agent.kill("SIGTERM");
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  try {
    await untilListening(agent, socket);
    await firstConversation(socket, folder);
    console.log(
      `\nServing on ${socket}\n  in another terminal: ${binary} call ${socket} guest-info\n  Ctrl-C ends it.`,
    );
    const code = await agent.exited;
    return wanted ? 0 : code;
  } catch (error) {
    if (wanted) return 0;
    throw error;
  } finally {
    agent.kill("SIGTERM");
    await agent.exited;
    rmSync(folder, { recursive: true, force: true });
  }
}

process.exitCode = await main();
