import type { AgentClient } from "./agent-client.ts";
import { decodedBase64 } from "./base64.ts";
import { AgentError, TransportError } from "./errors.ts";

/** Small enough for a reply through libvirt. */
const readBytes = 1024 * 1024;

/**
 * All of a file of the guest's, by commands that every agent has.
 * @returns null when there is no such file
 * @throws AgentError, TransportError (also for more than `bytesMax`), DeadlineError
 */
export async function readGuestFile(
  client: AgentClient,
  path: string,
  bytesMax: number,
): Promise<Uint8Array | null> {
  const handle = await opened(client, path);
  if (handle === null) return null;
  try {
    const pieces: Uint8Array[] = [];
    let bytes = 0;
    for (;;) {
      const read = await client.call("guest-file-read", { handle, count: readBytes });
      const piece = decodedBase64(read["buf-b64"]);
      bytes += piece.length;
      if (bytes > bytesMax) throw new TransportError(`${path} has more than ${bytesMax} bytes`);
      pieces.push(piece);
      if (read.eof || piece.length === 0) return Buffer.concat(pieces);
    }
  } finally {
    await client.call("guest-file-close", { handle });
  }
}

async function opened(client: AgentClient, path: string): Promise<bigint | null> {
  try {
    return await client.call("guest-file-open", { path });
  } catch (error) {
    // strerror(3)'s words for ENOENT, which agents of all ages pass on.
    if (error instanceof AgentError && error.message.includes("No such file or directory")) {
      return null;
    }
    throw error;
  }
}
