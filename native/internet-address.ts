/**
 * IPv4 and IPv6 addresses as text, as inet_ntop(3) writes them; of IPv6 by libc's own.
 */
import { textOf } from "./cstring.ts";
import { rareLibc } from "./libc.ts";
import { InternetFamily } from "./structs.ts";

export type AddressFamily = "ipv4" | "ipv6";

/** INET6_ADDRSTRLEN: the longest text with its NUL. */
const textBytesMax = 46;

const families = {
  ipv4: { number: InternetFamily.AF_INET, bytes: 4 },
  ipv6: { number: InternetFamily.AF_INET6, bytes: 16 },
} as const satisfies Record<AddressFamily, { number: number; bytes: number }>;

/**
 * An address in network order as text: `192.0.2.1`, `2001:db8::1` (RFC 5952, without a zone).
 * @throws RangeError when the family has addresses of another length
 */
export function addressText(family: AddressFamily, address: Uint8Array): string {
  const { number, bytes } = families[family];
  if (address.length !== bytes) {
    throw new RangeError(`An ${family} address has ${bytes} bytes: ${address.length}`);
  }
  if (family === "ipv4") return address.join(".");
  const text = new Uint8Array(textBytesMax);
  // Fails only for another family or want of room (inet_ntop(3)).
  rareLibc().inet_ntop(number, address, text, textBytesMax);
  return textOf(text);
}
