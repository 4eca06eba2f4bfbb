import { spawnSync } from "node:child_process";
import { tmpdir } from "node:os";

/** The beginning of a command line that runs the rest of it where `script` has prepared mounts and networks. */
export function inNamespace(script: string): string[] {
  const prepare = `set -e; mount --make-rprivate /; ${script}\nexec "$@"`;
  return ["unshare", "--mount", "--net", "sh", "-c", prepare, "sh"];
}

/** Ends the title of a test when this machine cannot run the script; empty when it can. */
export function lackOfNamespace(script: string, cwd = tmpdir()): string {
  const [program, ...args] = [...inNamespace(script), "true"];
  const { status, stderr } = spawnSync(program as string, args, { cwd, encoding: "utf8" });
  if (status === 0) return "";
  return ` (needs root and namespaces: ${(stderr ?? "").trim().split("\n").at(-1)})`;
}
