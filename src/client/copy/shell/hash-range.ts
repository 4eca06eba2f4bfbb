import { shownPath } from "../place.ts";
import type { Range } from "../tree.ts";
import { hashScript } from "./scripts.ts";
import { octal, type Shell } from "./shell.ts";

/** SHA-256 of a range of a file, by the guest's programs; of fewer bytes where it ends before. @throws CopyError */
export async function hashOfRange(
  shell: Shell,
  path: string,
  { start, end }: Range,
): Promise<string> {
  const words = [octal(path), "", String(start + 1n), String(end - start)];
  const output = await shell.must(`Cannot hash "${shownPath(path)}"`, hashScript, words);
  return output.toString("latin1").split(" ")[0] ?? "";
}
