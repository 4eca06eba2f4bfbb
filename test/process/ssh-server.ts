import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { missingSystemPrograms } from "../guest/requirements.ts";
import { mustRunTool, runTool, systemProgram } from "../guest/tool.ts";
import { Scratch } from "./scratch.ts";

/** Names what this machine lacks for an sshd of a test's own; empty when nothing does. */
export function missingForSsh(): string[] {
  return missingSystemPrograms(["sshd", "ssh", "ssh-keygen"]);
}

const startMsMax = 10_000;
const lookAgainMs = 10;
const systemPath = "/usr/sbin:/usr/bin:/sbin:/bin";

/** The name that the server has for ssh. */
export const hostAlias = "elsewhere";

/**
 * An sshd that lets nobody run anything, on a port of its own, with keys of its own; and in front of a PATH an ssh that
 * knows it as "elsewhere" and nothing of this user's configuration.
 */
export class SshServer implements AsyncDisposable {
  readonly #scratch: Scratch;
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  readonly port: number;

  private constructor(scratch: Scratch, port: number) {
    this.#scratch = scratch;
    this.port = port;
    const config = scratch.file("sshd_config");
    this.#child = spawn(systemProgram("sshd"), ["-D", "-e", "-f", config], { stdio: "ignore" });
    this.#ended = new Promise((resolve) => this.#child.once("exit", resolve));
  }

  static async start(): Promise<SshServer> {
    const scratch = new Scratch();
    const port = await freePort();
    const keys = ["host", "id"].map((name) => scratch.file(name));
    for (const key of keys) {
      const argv = ["-q", "-t", "ed25519", "-N", "", "-f", key];
      await mustRunTool([systemProgram("ssh-keygen"), ...argv]);
    }
    copyFileSync(scratch.file("id.pub"), scratch.file("authorized"));
    // sshd shuts itself up there; a system that runs one has it.
    if (process.getuid?.() === 0) mkdirSync("/run/sshd", { recursive: true, mode: 0o755 });
    writeFileSync(scratch.file("sshd_config"), serverConfig(scratch, port));
    writeFileSync(scratch.file("config"), clientConfig(scratch, port));
    mkdirSync(scratch.file("bin"));
    const ssh = `#!/bin/sh\nexec ${systemProgram("ssh")} -F ${scratch.file("config")} "$@"\n`;
    writeFileSync(scratch.file("bin/ssh"), ssh);
    chmodSync(scratch.file("bin/ssh"), 0o755);
    const server = new SshServer(scratch, port);
    try {
      await server.#answers();
      return server;
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** For whoever is to find our ssh. */
  get environment(): Readonly<Record<string, string>> {
    return { PATH: `${this.#scratch.file("bin")}:${systemPath}`, TMPDIR: this.tunnels };
  }

  /** Where folders of tunnels are made; nothing else is there. */
  get tunnels(): string {
    const folder = this.#scratch.file("tmp");
    mkdirSync(folder, { recursive: true });
    return folder;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGTERM");
    await this.#ended;
    this.#scratch[Symbol.dispose]();
  }

  async #answers(): Promise<void> {
    const endMs = Date.now() + startMsMax;
    const scan = [systemProgram("ssh-keyscan"), "-p", `${this.port}`, "127.0.0.1"];
    while (!(await runTool(scan)).stdout.includes("ssh-ed25519")) {
      if (Date.now() > endMs) throw new Error(`sshd does not answer on port ${this.port}`);
      await delay(lookAgainMs);
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function serverConfig(scratch: Scratch, port: number): string {
  return `Port ${port}
ListenAddress 127.0.0.1
HostKey ${scratch.file("host")}
AuthorizedKeysFile ${scratch.file("authorized")}
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitTTY no
ForceCommand ${systemProgram("false")}
`;
}

function clientConfig(scratch: Scratch, port: number): string {
  return `Host ${hostAlias}
  HostName 127.0.0.1
  Port ${port}
Host *
  IdentityFile ${scratch.file("id")}
  IdentitiesOnly yes
  UserKnownHostsFile ${scratch.file("known")}
  GlobalKnownHostsFile /dev/null
  StrictHostKeyChecking accept-new
`;
}
