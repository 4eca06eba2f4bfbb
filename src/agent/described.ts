import { SysError } from "../../native/errno.ts";
import { GuestError } from "../commands/guest-error.ts";
import type { ErrorClass } from "../wire/reply.ts";

/** What a host is told of an error. */
export interface Described {
  readonly errorClass: ErrorClass;
  readonly desc: string;
}

/** Null for what is a mistake of this program. */
export function described(error: unknown): Described | null {
  if (error instanceof GuestError) return { errorClass: error.errorClass, desc: error.message };
  if (error instanceof SysError) return { errorClass: "GenericError", desc: error.message };
  return null;
}

export const defectDesc = "internal error of the guest agent; see its log";
