/** A place where the commands of a document can be run as they stand there. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inNamespace } from "../differential/namespace.ts";
import { runTool, type ToolResult } from "../guest/tool.ts";
import { distributions, lay } from "../install/roots.ts";
import { project } from "./markdown.ts";

const guestwire = join(project, "dist/guestwire");

/** Where documents let agents be reached. */
const sockets = ["ga.sock", "new.sock", "old.sock", "/var/run/qemu-server/100.qga"];
/** Where they let many be. */
const socketsOfFolder = ["/run/qga/web-1.sock", "/run/qga/web-2.sock"];
/** Where they let unpacked images be, to install the agent into, and with the agent in it. */
const freshImage = "/mnt/image";
const installedImage = "DIR";

/** Nothing of these is asked for, and a document that did so must not hurt the machine. */
const harmful =
  "guest-shutdown,guest-suspend-disk,guest-suspend-ram,guest-suspend-hybrid,guest-set-time," +
  "guest-fsfreeze-freeze,guest-fsfreeze-freeze-list,guest-fsfreeze-thaw,guest-fstrim,guest-set-vcpus," +
  "guest-set-memory-blocks,guest-set-user-password,guest-ssh-add-authorized-keys,guest-ssh-remove-authorized-keys";

/** What is written outside of the scratch folder goes to file systems in memory, which nobody else sees. */
export const mounts = `
for folder in /run /mnt /var/lib; do mount -t tmpfs tmpfs "$folder"; done
mkdir -p /run/qga /run/qemu-server /var/lib/vz/snippets`;

const untilListening = `listening() {
  until [ -S "$1" ]; do kill -0 "$2" || exit 1; sleep 0.05; done
}`;

export class ScratchHost implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), "guestwire-docs-"));

  constructor() {
    mkdirSync(this.#path("bin"));
    for (const name of ["bin/guestwire", "guestwire-arm64"])
      symlinkSync(guestwire, this.#path(name));
    lay(this.#path("image"), distributions.systemd);
  }

  /** Runs the commands one after the other, up to the first that fails. */
  run(commands: readonly string[]): Promise<ToolResult> {
    const all = commands.join("\n");
    const used = [
      ...sockets.filter((socket) => all.includes(socket)),
      ...(all.includes("/run/qga/") ? socketsOfFolder : []),
    ];
    const script = [
      "set -eu",
      untilListening,
      "cp $(ldd bin/guestwire | grep -o '/lib[^ ]*') image/usr/lib64",
      `cp -a image ${freshImage}`,
      `cp -a image ${installedImage}; guestwire install --root ${installedImage} >/dev/null`,
      "agents=",
      `trap '[ -z "$agents" ] || kill $agents' EXIT`,
      ...used.flatMap((socket, index) => [
        `mkdir state${index}`,
        `guestwire --method=unix-listen --path=${socket} --statedir="$PWD/state${index}" --block-rpcs=${harmful} &`,
        `agents="$agents $!"; listening ${socket} $!`,
      ]),
      "set -x",
      ...commands.map(carriedOut),
      "set +x",
    ];
    writeFileSync(this.#path("script"), script.join("\n"));
    const path = `PATH=${this.#path("bin")}:${process.env.PATH}:/usr/sbin:/sbin`;
    return runTool(["env", path, ...inNamespace(mounts), "sh", "script"], this.folder);
  }

  #path(name: string): string {
    return join(this.folder, name);
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/**
 * An agent that serves is asked something and ended. Measurements take one sample of everything: what \`--quick\` adds is
 * time alone.
 */
function carriedOut(command: string): string {
  const socket = /^guestwire .*--method=unix-listen --path=(\S+)/.exec(command)?.[1];
  if (socket === undefined) return command.replace(/(?<=^guestwire bench .*)--quick/, "--smoke");
  return `${command} & listening ${socket} $!; guestwire call ${socket} guest-ping; kill $!; wait $!`;
}
