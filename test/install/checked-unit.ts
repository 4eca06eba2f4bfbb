import { chmodSync, existsSync, readFileSync } from "node:fs";
import { lay } from "./roots.ts";

/** What a unit is verified with: the rest of the system's units. */
const others = ["sysinit.target", "basic.target", "shutdown.target", "system.slice", "-.slice"];
const folder = "/usr/lib/systemd/system";

/** What `systemd-analyze verify` says of a unit in a root: its status and its words. */
export function checkedUnit(root: string, name: string): [number, string] {
  lay(root, { "/usr/bin/test": "what the condition runs" });
  chmodSync(`${root}/usr/bin/test`, 0o755);
  for (const each of others) {
    const path = `${folder}/${each}`;
    if (existsSync(path)) lay(root, { [path]: readFileSync(path) });
  }
  const verify = ["systemd-analyze", "verify", "--recursive-errors=one", `--root=${root}`, name];
  const { exitCode, stdout, stderr } = Bun.spawnSync(verify);
  return [exitCode, `${stdout}${stderr}`];
}
