import { latin1Text } from "./native-text.ts";

/**
 * A long string value left where it was received: pure ASCII, without escapes.
 * `bytes` views the receive buffer and is valid until `Inbox.next()` is called again.
 */
export class LongText {
  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  toString(): string {
    return latin1Text(this.bytes, 0, this.bytes.length);
  }
}
