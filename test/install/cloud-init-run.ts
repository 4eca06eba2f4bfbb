import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runTool, type ToolResult } from "../guest/tool.ts";

/** Nothing of cloud-init that looks at the machine, which here is the one that runs the tests. */
const config = `datasource_list: [NoCloud]
network: {config: disabled}
cloud_init_modules: [write_files]
cloud_config_modules: [runcmd]
cloud_final_modules: [scripts_vendor, scripts_per_instance, scripts_user]
`;

const stages = ["init --local", "init", "modules --mode=config", "modules --mode=final"];

/** What is to be seen by whom cloud-init is told. */
export interface Boot {
  /** `cloud-init status --long`. */
  readonly status: ToolResult;
  /** What the stages wrote, as on the console. */
  readonly log: string;
}

/** Gives a root its user-data and vendor data, and its instance a name. */
export function seed(root: string, instance: string, userData: string, vendorData = ""): void {
  writeFileSync(join(root, "etc/cloud/cloud.cfg.d/99-test.cfg"), config);
  const folder = join(root, "var/lib/cloud/seed/nocloud");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "meta-data"), `instance-id: ${instance}\n`);
  writeFileSync(join(folder, "user-data"), userData);
  writeFileSync(join(folder, "vendor-data"), vendorData);
}

/**
 * Runs in a root what its cloud-init does at a boot, with the network of this machine, and host name, processes and
 * mounts of its own.
 */
export async function bootCloudInit(root: string): Promise<Boot> {
  const script = join(root, "boot.sh");
  const lines = stages.map((stage) => `cloud-init ${stage} 2>&1`);
  const status = "echo @status; cloud-init status --long; exit $?";
  writeFileSync(script, `${lines.join("\n")}\n${status}\n`);
  const inside = [
    "set -e",
    'mount -t proc proc "$0/proc"',
    'mount -t tmpfs run "$0/run"',
    'mount -t tmpfs dev "$0/dev"',
    "for name in null zero random urandom; do",
    'touch "$0/dev/$name"',
    'mount --bind "/dev/$name" "$0/dev/$name"',
    "done",
    'exec chroot "$0" /bin/sh /boot.sh',
  ];
  const spaces = ["--mount", "--uts", "--ipc", "--pid", "--fork"];
  const all = await runTool(["unshare", ...spaces, "sh", "-c", inside.join("\n"), root]);
  const [log = "", stdout = ""] = all.stdout.split("@status\n");
  return { log, status: { ...all, stdout } };
}

/** What `cloud-init schema` says of a user-data. */
export function checkSchema(root: string, userData: string): Promise<ToolResult> {
  writeFileSync(join(root, "tmp/user-data"), userData);
  return runTool([
    "chroot",
    root,
    "/usr/bin/cloud-init",
    "schema",
    "--config-file",
    "/tmp/user-data",
  ]);
}
