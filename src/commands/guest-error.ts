import { SysError } from "../../native/errno.ts";
import type { ErrorClass } from "../wire/reply.ts";

/** What the host reads as `{"error": {"class", "desc"}}`; the message is the `desc`, word for word. */
export class GuestError extends Error {
  override readonly name = "GuestError";
  readonly errorClass: ErrorClass;
  /** What logs say, where the `desc` quotes what does not belong there. */
  readonly forLogs: string;

  constructor(
    desc: string,
    options: { errorClass?: ErrorClass; cause?: unknown; forLogs?: string } = {},
  ) {
    super(desc, { cause: options.cause });
    this.forLogs = options.forLogs ?? desc;
    this.errorClass = options.errorClass ?? "GenericError";
  }
}

/** A policy does not let the host have it. The host reads that the command is not allowed, the log why: the message. */
export class Denial extends Error {
  override readonly name = "Denial";
}

/** What a host reads of a command that it may not call, in qemu-ga's words and class: it takes it for not supported. */
export function notAllowed(command: string, reason?: Denial): GuestError {
  return new GuestError(`Command ${command} has been disabled: the command is not allowed`, {
    errorClass: "CommandNotFound",
    ...(reason !== undefined && { forLogs: `denied by the policy: ${reason.message}` }),
  });
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
