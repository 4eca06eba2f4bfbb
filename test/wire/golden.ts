import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { toBytes } from "./streams.ts";

/**
 * Goldens are Markdown: a fenced block `exchange` holds cases, and a case is
 *
 *     > what the host sends
 *     @ an event of the scanner
 *     < a line qemu-ga 7.2.22 replies
 *
 * where `\xHH` is a byte and nothing else is an escape. Each input is followed by 0xFF. What that
 * brings is noted when a token was left unfinished; otherwise it is always the same, and left out.
 */

export const goldenFolder = join(import.meta.dir, "goldens");

export const resync = Uint8Array.of(0xff);

export interface Golden {
  /** `file.md:line`, of the input. */
  readonly place: string;
  readonly input: Uint8Array;
  readonly events: readonly string[];
  readonly replies: readonly string[];
}

export function readGoldens(): Golden[] {
  return goldenFiles().flatMap((file) => {
    const lines = readFileSync(join(goldenFolder, file), "utf8").split("\n");
    return lines.flatMap((line, index) => {
      if (!line.startsWith("> ")) return [];
      const rest = lines.slice(index + 1);
      const answer = rest.slice(
        0,
        rest.findIndex((other) => !/^[@<] /.test(other)),
      );
      const input = toBytes(unescapeBytes(line.slice(2)));
      const events = marked(answer, "@ ");
      const replies = marked(answer, "< ");
      const plain = plainResync(input);
      if (!reachesResync(events.at(-1), input)) {
        events.push(plain.event);
        replies.push(plain.reply);
      }
      return [{ place: `${file}:${index + 1}`, input, events, replies }];
    });
  });
}

/** What 0xFF brings behind `input` when it stands between two tokens. */
export function plainResync(input: Uint8Array): { event: string; reply: string } {
  const desc = "JSON parse error, stray '\\uFFFD'";
  return {
    event: `off=${input.length} len=1 stray`,
    reply: `{"error": {"class": "GenericError", "desc": "${desc}"}}`,
  };
}

export function goldenFiles(): string[] {
  return readdirSync(goldenFolder).filter((file) => file.endsWith(".md"));
}

function marked(lines: readonly string[], mark: string): string[] {
  return lines.filter((line) => line.startsWith(mark)).map((line) => line.slice(mark.length));
}

/** Whether an event reaches up to the 0xFF behind the input. */
function reachesResync(event: string | undefined, input: Uint8Array): boolean {
  const [, off, len] = /^off=(\d+) len=(\d+)/.exec(event ?? "") ?? [];
  return Number(off) + Number(len) === input.length + 1;
}

/** Every `\xHH` becomes the character with that code. */
function unescapeBytes(text: string): string {
  return text.replace(/\\x([\da-f]{2})/g, (_, hex) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}
