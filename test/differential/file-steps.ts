import { request, type Step } from "./case.ts";

// The steps of a case that works on one open file, whose handle is kept as <h>.

export const opened = '{"return": <h>}';

export function open(path: string, mode = "r", keep = "h"): Step {
  return { ask: request("guest-file-open", JSON.stringify({ path, mode })), keep };
}

export function close(handle = "<h>"): Step {
  return { ask: request("guest-file-close", `{"handle":${handle}}`) };
}

export function read(count?: number, handle = "<h>"): Step {
  const limit = count === undefined ? "" : `,"count":${count}`;
  return { ask: request("guest-file-read", `{"handle":${handle}${limit}}`) };
}

/** Writes Latin-1 text. */
export function write(text: string, handle = "<h>"): Step {
  return writeBase64(btoa(text), undefined, handle);
}

export function writeBase64(data: string, count?: number, handle = "<h>"): Step {
  const limit = count === undefined ? "" : `,"count":${count}`;
  const dataText = JSON.stringify(data);
  return { ask: request("guest-file-write", `{"handle":${handle},"buf-b64":${dataText}${limit}}`) };
}

/** `whence` as JSON text: `0`, `"end"`. */
export function seek(offset: number | string, whence: string, handle = "<h>"): Step {
  return {
    ask: request("guest-file-seek", `{"handle":${handle},"offset":${offset},"whence":${whence}}`),
  };
}

export function flush(handle = "<h>"): Step {
  return { ask: request("guest-file-flush", `{"handle":${handle}}`) };
}

/** The reply to a read that returned this Latin-1 text. */
export function got(text: string, eof: boolean): string {
  return `{"return": {"count": ${text.length}, "buf-b64": "${btoa(text)}", "eof": ${eof}}}`;
}

export function wrote(count: number): string {
  return `{"return": {"count": ${count}, "eof": false}}`;
}

export function at(position: number | string): string {
  return `{"return": {"eof": false, "position": ${position}}}`;
}
