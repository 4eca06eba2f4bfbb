import { cstring } from "./cstring.ts";
import { pathText } from "./path-text.ts";
import { latin1Text } from "./text.ts";

/** The text of a path that is given by its bytes, which need not be UTF-8. Only `cstring` makes the same bytes of it again. */
export function pathOfBytes(bytes: Uint8Array): string {
  return pathText(latin1Text(bytes));
}

/** The bytes by which the kernel knows a path, without the NUL. */
export function bytesOfPath(path: string): Uint8Array {
  return cstring(path).subarray(0, -1);
}
