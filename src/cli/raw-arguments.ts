import { readFile } from "../../native/files.ts";
import { pathOfBytes } from "../../native/path-bytes.ts";

/** More than the kernel takes (execve(2)). */
const commandLineBytesMax = 16 * 1024 * 1024;

/** The arguments with bytes that are no UTF-8 as `pathText` of native/ has them; the runtime makes U+FFFD of them. */
export function argumentsWithBytes(args: readonly string[]): readonly string[] {
  if (!args.some((each) => each.includes("\ufffd"))) return args;
  const line = Buffer.from(readFile("/proc/self/cmdline", commandLineBytesMax));
  const words: string[] = [];
  for (let start = 0; start < line.length; ) {
    const end = line.indexOf(0, start);
    words.push(pathOfBytes(line.subarray(start, end === -1 ? line.length : end)));
    start = (end === -1 ? line.length : end) + 1;
  }
  return words.slice(words.length - args.length);
}
