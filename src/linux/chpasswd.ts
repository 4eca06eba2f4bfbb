import { isExecutable } from "../../native/files.ts";

/** chpasswd(8), or busybox, of which it may be a part without a name of its own. */
const programs = [["chpasswd"], ["busybox", "chpasswd"]] as const;

/** Where it is looked for when no PATH is set. */
const usualPath = "/usr/sbin:/usr/bin:/sbin:/bin";

/** The names that are looked for. */
export const passwordPrograms: readonly string[] = [programs[0][0], programs[1][0]];

/**
 * What sets passwords in this guest: the first of the programs that is on `path`, the variable PATH. It reads lines
 * `<user>:<password>`; `isHash` tells it that they have the hash that is kept (crypt(5)).
 * @returns null where there is none
 */
export function chpasswdArgv(path: string | undefined, isHash: boolean): readonly string[] | null {
  const folders = (path ?? usualPath).split(":");
  for (const [name, ...words] of programs) {
    const found = folders.map((folder) => `${folder}/${name}`).find(isExecutable);
    if (found !== undefined) return [found, ...words, ...(isHash ? ["-e"] : [])];
  }
  return null;
}
