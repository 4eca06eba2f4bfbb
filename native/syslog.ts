/**
 * syslog(3), facility user.
 */
import { cstring } from "./cstring.ts";
import { libc } from "./libc.ts";
import { Syslog } from "./structs.ts";

const textFormat = cstring("%s");

/** libc keeps the pointer it is given by openlog, so every ident stays for good. There is one, as a rule. */
const idents: Uint8Array[] = [];

/** Names what follows in the log. Without it libc uses the program's name. */
export function openSyslog(ident: string): void {
  const name = cstring(ident);
  // With a buffer of its own it stays where it is: a small Uint8Array without one is moved once that is asked for.
  const memory = new Uint8Array(new ArrayBuffer(name.length));
  memory.set(name);
  idents.push(memory);
  libc().openlog(memory, 0, Syslog.LOG_USER);
}

/**
 * Writes one line to the log. Where no log daemon listens it is lost, as syslog(3) has it.
 *
 * @param priority a level such as {@link Syslog}.LOG_INFO.
 * @param text control characters are written as `\xNN`, so that one call cannot look like several lines.
 */
export function syslog(priority: number, text: string): void {
  libc().syslog(priority, textFormat, cstring(visible(text)));
}

function visible(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, (character) => {
    return `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`;
  });
}
