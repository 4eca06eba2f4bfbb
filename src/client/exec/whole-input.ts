import { capturedInputBytesMax } from "./captured.ts";
import { LackError } from "./program.ts";

/**
 * All of the input, for an agent that takes it with the start.
 * @param requestBytesMax what the way to the agent lets through
 * @throws LackError when there is more than the agent takes
 */
export async function wholeInput(
  input: AsyncIterable<Uint8Array>,
  requestBytesMax: number,
): Promise<Uint8Array> {
  // Base64 makes four bytes of three, and the rest of the request needs some.
  const bytesMax = Math.min(capturedInputBytesMax, Math.floor(requestBytesMax / 2));
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of input) {
    bytes += piece.length;
    if (bytes > bytesMax) {
      throw new LackError(`This agent takes at most ${bytesMax} bytes of input`);
    }
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}
