/** Where things stand in a root, seen from it. */
export const binaryPath = "/usr/bin/guestwire";
export const privateFolder = "/usr/lib/guestwire";
export const manifestPath = `${privateFolder}/manifest.json`;
export const configPath = "/etc/qemu/qemu-ga.conf";
export const policyPath = "/etc/guestwire/policy.toml";

/** The path without its last component; "/" for what stands in the root itself. */
export function folderOf(path: string): string {
  const slash = path.lastIndexOf("/");
  return slash <= 0 ? "/" : path.slice(0, slash);
}

/** The last component. */
export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
