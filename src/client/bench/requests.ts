import { toJsonText } from "../json.ts";

const encoder = new TextEncoder();
const syncByte = 0xff;

/** A request as hosts write it: one line. Bytes among the arguments become base64. */
export function requestLine(command: string, args?: object): Uint8Array {
  const tail = args === undefined ? "" : `,"arguments":${toJsonText(args)}`;
  return encoder.encode(`{"execute":"${command}"${tail}}\n`);
}

/** 0xFF and guest-sync-delimited, the way back in sync from wherever one is. */
export function syncLine(id: number): Uint8Array {
  const request = requestLine("guest-sync-delimited", { id });
  const line = new Uint8Array(1 + request.length);
  line[0] = syncByte;
  line.set(request, 1);
  return line;
}
