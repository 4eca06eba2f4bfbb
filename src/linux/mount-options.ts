import type { FileTree } from "./file-tree.ts";

/** What `/proc/self/mountinfo` says of a file system beside what `mountTable` has. */
export interface MountOptions {
  /** `8:1` */
  readonly device: string;
  readonly type: string;
  /** Those of the file system, not of the single mount. */
  readonly options: readonly string[];
}

/** One for each line, in their order (proc_pid_mountinfo(5)). @throws SysError */
export function mountOptions(tree: FileTree): MountOptions[] {
  return (tree.text("/proc/self/mountinfo") ?? "").split("\n").flatMap((line) => {
    const [before = "", after = ""] = line.split(" - ");
    const [type = "", , options = ""] = after.split(" ");
    return after === ""
      ? []
      : [{ device: before.split(" ")[2] ?? "", type, options: options.split(",") }];
  });
}

/** The devices whose file systems cannot be written to, as `8:1`. @throws SysError */
export function readOnlyDevices(tree: FileTree): ReadonlySet<string> {
  const readOnly = mountOptions(tree).filter(({ options }) => options.includes("ro"));
  return new Set(readOnly.map(({ device }) => device));
}
