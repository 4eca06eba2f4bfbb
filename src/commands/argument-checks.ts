import { GuestError } from "./guest-error.ts";

/** In qemu-ga's words. @throws GuestError unless it is from `min` to `max` */
export function mustBeWithin(
  name: string,
  value: bigint,
  min: number | bigint,
  max: number | bigint,
): void {
  if (value >= min && value <= max) return;
  throw new GuestError(`value '${value}' is invalid for argument ${name}`);
}

/** The value as a number. @throws GuestError unless it is from `min` to `max` */
export function within(name: string, value: bigint, min: number, max: number): number {
  mustBeWithin(name, value, min, max);
  return Number(value);
}

/** What base64 was decoded to. @throws GuestError where it was none */
export function validBase64(bytes: Uint8Array | null): Uint8Array {
  if (bytes !== null) return bytes;
  throw new GuestError("Base64 data contains invalid characters");
}
