/** Where programs are looked for when no PATH is set. */
const defaultPath = "/bin:/usr/bin:.";

/** What runs an executable file that the kernel does not know how to run (ENOEXEC): a script without `#!`. */
export const scriptShell = "/bin/sh";

/**
 * The paths under which to try a program, in order, as execvp(3) has it: a name with a slash stands for itself,
 * an empty element of PATH for the current directory.
 *
 * @param path the value of PATH; undefined when it is not set.
 */
export function programPaths(name: string, path: string | undefined): string[] {
  if (name === "") return [];
  if (name.includes("/")) return [name];
  return (path ?? defaultPath)
    .split(":")
    .map((folder) => (folder === "" ? name : `${folder}/${name}`));
}
