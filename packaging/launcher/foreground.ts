import { readFileSync } from "node:fs";

/**
 * Whether this process is in the foreground of its terminal, which then sends Ctrl-C to it and to its children alike.
 * By the fields of /proc/self/stat that proc(5) calls pgrp and tpgid.
 */
export function isInForeground(): boolean {
  const stat = readFileSync("/proc/self/stat", "latin1");
  // The name of the program stands in brackets, and may have brackets and blanks in it.
  const [, , group, , , foreground] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return group === foreground;
}
