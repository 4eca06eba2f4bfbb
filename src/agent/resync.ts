import { parseText } from "../wire/parser.ts";
import { readRequest } from "../wire/request.ts";
import { EnvelopeFault, TextFault } from "../wire/wire-error.ts";

/** A request to be in sync is short; a longer one is carried out in its turn. */
export const resyncBytesMax = 4096;

const resyncCommands: readonly string[] = ["guest-sync-delimited", "guest-sync"];

/** Whether a text asks for nothing but to be in sync again. */
export function isResync(text: Uint8Array): boolean {
  if (text.length > resyncBytesMax) return false;
  try {
    return resyncCommands.includes(readRequest(parseText(text)).execute);
  } catch (error) {
    if (error instanceof TextFault || error instanceof EnvelopeFault) return false;
    throw error;
  }
}
