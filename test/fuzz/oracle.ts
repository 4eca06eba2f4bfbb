import { Broken } from "./exchange.ts";
import type { FuzzedRequest } from "./requests.ts";

/** One line of printable ASCII, an object with one of the two members, 0xFF before it only where that was asked for. */
const replyLine = /^\xff?\{[ -~]*"(?:return|error)": [ -~]*\}$/;
const faultLine = /^\{"error": \{"class": "GenericError", "desc": "[ -~]*"\}\}$/;

/** What any reply has to be, whatever was sent. */
export function expectReplies(lines: readonly string[]): void {
  for (const line of lines) {
    if (!replyLine.test(line)) throw new Broken(`No reply: ${line.slice(0, 500)}`);
    if (line.includes("internal error")) throw new Broken(line);
  }
}

export interface Told {
  readonly command: string;
  readonly reply: string;
}

/**
 * What whole requests have to be answered with: one reply each, in their order, with their id. The last line is the
 * error of the 0xFF behind them.
 */
export function expectAnswers(
  requests: readonly FuzzedRequest[],
  firstId: number,
  lines: readonly string[],
): Told[] {
  expectReplies(lines);
  const last = lines.at(-1) ?? "";
  if (!faultLine.test(last)) throw new Broken(`No error for the 0xFF, but ${last}`);
  if (lines.length !== requests.length + 1) {
    throw new Broken(`${lines.length - 1} replies to ${requests.length} requests`);
  }
  return requests.map(({ command, text }, index) => {
    const reply = lines[index] as string;
    const id = `"id": ${firstId + index}`;
    // Which comes first depends on the hashes of the names, as in qemu-ga.
    if (!reply.endsWith(`, ${id}}`) && !reply.startsWith(`{${id}, `)) {
      throw new Broken(`${text.slice(0, 1000)} is answered ${reply.slice(0, 1000)}`);
    }
    return { command, reply };
  });
}
