import { mkdirSync } from "node:fs";
import { peerPid } from "../../native/socket.ts";
import type { Binary } from "../differential/binaries.ts";
import { connect, Program } from "../process/agent.ts";
import type { Client } from "../process/client.ts";
import { messages } from "../process/refusal.ts";
import { Scratch } from "../process/scratch.ts";

/** Ours reserves handles in blocks of 64: after so many it has to write. */
const opensMax = 70;

interface DiskLaunch {
  /** The agent, and what stands in front of it on its command line. */
  readonly command?: readonly string[];
  /** Where it sees its folders. */
  readonly home?: string;
}

/** An agent with each of its folders in one place, which may or may not come up. */
export class DiskAgent implements AsyncDisposable {
  readonly #binary: Binary;
  readonly #scratch = new Scratch();
  readonly #clients: Client[] = [];
  #program: Program | null = null;
  #daemonPid: number | null = null;

  constructor(binary: Binary) {
    this.#binary = binary;
    mkdirSync(this.folder("state"));
  }

  folder(name: string): string {
    return this.#scratch.file(name);
  }

  /** Starts it; null: it has ended. `args` come behind those for socket and state folder. */
  async start(args: readonly string[], launch: DiskLaunch = {}): Promise<Client | null> {
    const home = launch.home ?? this.#scratch.path;
    const channel = ["-m", "unix-listen", "-p", `${home}/socket`];
    const all = [...channel, "-t", `${home}/state`, ...args];
    const [path = "", ...prefix] = launch.command ?? [this.#binary.path];
    this.#program = new Program([...prefix, ...all], { path });
    const isDaemon = args.includes("-d");
    if (isDaemon && (await this.#program.ended()).code !== 0) return null;
    const program = this.#program;
    try {
      const isHopeless = () => (isDaemon ? this.stderr !== "" : !program.alive);
      const client = await connect(this.#scratch.file("socket"), isHopeless);
      client.sync();
      this.#clients.push(client);
      this.#daemonPid = isDaemon ? peerPid(client.fd) : null;
      return client;
    } catch {
      return null;
    }
  }

  get pid(): number {
    return this.#daemonPid ?? this.#program?.pid ?? -1;
  }

  /** Why it does not start: the first that it said of it, without the time, its own folders and names that it made up. */
  get firstReason(): string {
    const critical = messages(this.stderr).find((message) => message.startsWith("critical: "));
    return (critical ?? this.stderr)
      .replace("critical: ", "")
      .replaceAll(`${this.#scratch.path}/`, "")
      .replace(/\.[A-Z0-9]{6}(?=\W)/, ".XXXXXX");
  }

  get stderr(): string {
    return this.#program?.stderr ?? "";
  }

  /** Ends it with SIGTERM. */
  async end(): Promise<string> {
    for (const client of this.#clients.splice(0)) client.close();
    this.#program?.kill("SIGTERM");
    const ending = await this.#program?.ended();
    return ending?.code === 0 ? "ends well" : `ends with ${JSON.stringify(ending)}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients.splice(0)) client.close();
    if (this.#daemonPid !== null) process.kill(this.#daemonPid, "SIGKILL");
    await this.#program?.[Symbol.asyncDispose]();
    this.#scratch[Symbol.dispose]();
  }
}

/** In words what the agent does for a host. */
export function abilities(client: Client): string {
  client.call("guest-ping");
  return ["serves", opening(client), running(client), freezing(client)].join("; ");
}

export const allAbilities = "serves; opens files; runs programs; freezes";

function opening(client: Client): string {
  for (let count = 0; count < opensMax; count++) {
    const { return: handle, error } = client.ask("guest-file-open", { path: "/dev/null" });
    if (error !== undefined) {
      return `${count === 0 ? "opens no file" : "opens what is left of 64 files"}: \`${error.desc}\``;
    }
    client.call("guest-file-close", { handle });
  }
  return "opens files";
}

function running(client: Client): string {
  const { return: started, error } = client.ask("guest-exec", { path: "/bin/true" });
  if (error !== undefined) return `runs no program: \`${error.desc}\``;
  while (!(client.call("guest-exec-status", started as object) as { exited: boolean }).exited);
  return "runs programs";
}

/** Nothing is mounted there, so nothing is frozen; the mark is made and taken away all the same. */
function freezing(client: Client): string {
  const { error } = client.ask("guest-fsfreeze-freeze-list", { mountpoints: ["/nonexistent"] });
  return error === undefined ? "freezes" : `freezes nothing: \`${error.desc}\``;
}
