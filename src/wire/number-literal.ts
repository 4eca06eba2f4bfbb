import { JsonDouble } from "./json.ts";
import { latin1Text } from "./native-text.ts";

/** Digits of any length up to this are a safe integer. */
const safeDigits = 15;
/** Digits of 2^64−1. */
const uint64Digits = 20;
const int64Min = -(2n ** 63n);
const uint64Max = 2n ** 64n - 1n;

/** Reads the number literal `from … to`, which is lexically valid. */
export function readNumber(
  bytes: Uint8Array,
  from: number,
  to: number,
): number | bigint | JsonDouble {
  const negative = bytes[from] === 0x2d;
  const digitsFrom = negative ? from + 1 : from;
  if (to - digitsFrom <= safeDigits) {
    let value = 0;
    let at = digitsFrom;
    for (; at < to; at++) {
      const digit = (bytes[at] as number) - 0x30;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
    }
    // 0 - 0 is 0: the integer -0 is 0.
    if (at === to) return negative ? 0 - value : value;
  }
  const text = latin1Text(bytes, from, to);
  if (to - digitsFrom > uint64Digits || /[.eE]/.test(text)) return new JsonDouble(Number(text));
  const exact = BigInt(text);
  if (exact < int64Min || exact > uint64Max) return new JsonDouble(Number(text));
  const value = Number(exact);
  return Number.isSafeInteger(value) ? value : exact;
}
