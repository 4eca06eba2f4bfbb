import { SysError } from "../../native/errno.ts";
import type { ErrorClass } from "../wire/reply.ts";

/** What the host reads as `{"error": {"class", "desc"}}`; the message is the `desc`, word for word. */
export class GuestError extends Error {
  override readonly name = "GuestError";
  readonly errorClass: ErrorClass;

  constructor(desc: string, options: { errorClass?: ErrorClass; cause?: unknown } = {}) {
    super(desc, { cause: options.cause });
    this.errorClass = options.errorClass ?? "GenericError";
  }
}

/**
 * Runs `act` and words its SysError as qemu-ga does: `<failing>: <strerror text>`.
 * Everything else passes through untouched.
 */
export function wording<T>(failing: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw error instanceof SysError ? worded(failing, error) : error;
  }
}

/** One SysError, or whatever else has words for it, as the GuestError `<failing>: <strerror text>`. */
export function worded(failing: string, error: { readonly text: string }): GuestError {
  return new GuestError(`${failing}: ${error.text}`, { cause: error });
}
