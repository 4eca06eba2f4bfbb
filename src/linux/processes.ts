import { SysError } from "../../native/errno.ts";
import type { FileTree } from "./file-tree.ts";

export interface RunningProcess {
  readonly pid: number;
  readonly argv: readonly string[];
  /** The path of its file as the kernel has it, or null where it is hidden from us. */
  readonly executable: string | null;
}

/** What the kernel puts behind the path of a file that has been removed or replaced (d_path() in fs/d_path.c). */
export const deletedSuffix = " (deleted)";

/** Every process that can be seen, by `/proc`; kernel threads, which have no arguments, are left out. @throws SysError */
export function runningProcesses(tree: FileTree): RunningProcess[] {
  return tree
    .names("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const argv = ofProcess(() => tree.text(`/proc/${name}/cmdline`))?.split("\0") ?? [""];
      if (argv.at(-1) === "") argv.pop();
      if (argv.length === 0) return [];
      const executable = ofProcess(() => tree.link(`/proc/${name}/exe`));
      return [{ pid: Number(name), argv, executable }];
    });
}

/** A field of proc_pid_status(5), or null. */
export function statusField(tree: FileTree, pid: number, field: string): string | null {
  const status = ofProcess(() => tree.text(`/proc/${pid}/status`)) ?? "";
  return new RegExp(`^${field}:\\s*(.*)$`, "m").exec(status)?.[1] ?? null;
}

/** A variable of the environment that a process was started with, or null. */
export function environmentOf(tree: FileTree, pid: number, variable: string): string | null {
  const entries = ofProcess(() => tree.text(`/proc/${pid}/environ`))?.split("\0") ?? [];
  const prefix = `${variable}=`;
  return entries.find((entry) => entry.startsWith(prefix))?.slice(prefix.length) ?? null;
}

/** The processes that have a file open, and how many could not be looked into. Opens no file of theirs. */
export function holdersOf(
  tree: FileTree,
  processes: readonly RunningProcess[],
  isFile: (path: string) => boolean,
): { readonly holders: readonly RunningProcess[]; readonly hiddenCount: number } {
  let hiddenCount = 0;
  const holders = processes.filter(({ pid }) => {
    const folder = `/proc/${pid}/fd`;
    try {
      return tree.names(folder).some((fd) => isFile(tree.link(`${folder}/${fd}`) ?? ""));
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      if (error.code === "EACCES" || error.code === "EPERM") hiddenCount += 1;
      return false;
    }
  });
  return { holders, hiddenCount };
}

/** Null where the process has ended in the meantime, or belongs to somebody else. */
function ofProcess<T>(look: () => T): T | null {
  try {
    return look();
  } catch (error) {
    if (error instanceof SysError) return null;
    throw error;
  }
}
