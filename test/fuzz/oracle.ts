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

/** What 0xFF has to be answered with when nothing is unfinished: one error. */
export function expectFault(lines: readonly string[]): void {
  const [line = ""] = lines;
  if (lines.length !== 1 || !faultLine.test(line)) {
    throw new Broken(`Not the error of one 0xFF: ${lines.length} lines, ${line.slice(0, 500)}`);
  }
}

/** What whole requests have to be answered with: one reply each, in their order, with their id. */
export function expectAnswers(
  requests: readonly FuzzedRequest[],
  lines: readonly string[],
): Told[] {
  expectReplies(lines);
  if (lines.length !== requests.length) {
    throw new Broken(`${lines.length} replies to ${requests.length} requests`);
  }
  return requests.map(({ command, id: given, text }, index) => {
    const reply = lines[index] as string;
    const id = `"id": ${given}`;
    // Which comes first depends on the hashes of the names, as in qemu-ga.
    if (!reply.endsWith(`, ${id}}`) && !reply.startsWith(`{${id}, `)) {
      throw new Broken(`${text.slice(0, 1000)} is answered ${reply.slice(0, 1000)}`);
    }
    return { command, reply };
  });
}
