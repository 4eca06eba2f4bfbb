import type * as v from "valibot";
import type { CommandContext } from "./context.ts";

/**
 * What a host needs to be trusted with to call a command, from harmless to everything. The words are those of
 * Proxmox VE 9 (VM.GuestAgent.Audit, .FileRead, .FileWrite, .FileSystemMgmt, .Unrestricted) with power apart.
 */
export type Privilege = "audit" | "file-read" | "file-write" | "fs" | "power" | "unrestricted";

/** A schema that checks the `arguments` member as a whole. */
export type ArgumentsSchema = v.StrictObjectSchema<v.ObjectEntries, undefined>;

/**
 * One command, whole: its interface, its documentation, its rules and what it does. Everything else that knows
 * about commands (dispatch, guest-info, lists of names, the command table in the docs, the client's types) is
 * derived from these literals.
 */
export interface Command<
  Name extends string = string,
  Args extends ArgumentsSchema = ArgumentsSchema,
  Returns extends v.GenericSchema | null = v.GenericSchema | null,
> {
  readonly name: Name;
  /** Its place in the QAPI schema, from 1; guest-info lists commands from the last to the first. */
  readonly place: number;
  /** The first QEMU release with it. */
  readonly since: string;
  readonly doc: string;
  readonly args: Args;
  /** The `return` value, or null for a command that returns nothing (`{}` on the wire). */
  readonly returns: Returns;
  readonly privilege: Privilege;
  readonly whileFrozen: "allowed" | "refused";
  /** `none`: success is told by no bytes at all (`'success-response': false` in the schema). */
  readonly success: "reply" | "none";
  /** The reply is announced by the byte 0xFF. */
  readonly sentinel?: boolean;
  run(
    args: v.InferOutput<Args>,
    context: CommandContext,
  ): Returns extends v.GenericSchema ? v.InferInput<Returns> : void;
}

/** States a command; only there to infer the types of its arguments and its answer. */
export function command<
  const Name extends string,
  const Args extends ArgumentsSchema,
  const Returns extends v.GenericSchema | null,
>(literal: Command<Name, Args, Returns>): Command<Name, Args, Returns> {
  return literal;
}
