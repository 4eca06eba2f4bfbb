import type * as v from "valibot";
import type { CommandContext } from "./context.ts";

/**
 * What a host needs to be trusted with to call a command, from harmless to everything. The words are those of
 * Proxmox VE 9 (VM.GuestAgent.Audit, .FileRead, .FileWrite, .FileSystemMgmt, .Unrestricted) with power apart.
 */
export type Privilege = "audit" | "file-read" | "file-write" | "fs" | "power" | "unrestricted";

/** A schema that checks the `arguments` member as a whole. */
export type ArgumentsSchema = v.StrictObjectSchema<v.ObjectEntries, undefined>;

/** Schemas are made when first asked for: a start asks for few of all. */
export type Lazy<T> = () => T;

type Answer<Returns> =
  // biome-ignore lint/suspicious/noConfusingVoidType: this is the return type of `run`
  Returns extends Lazy<infer Schema extends v.GenericSchema> ? v.InferInput<Schema> : void;

/**
 * One command, whole: its interface, its documentation, its rules and what it does. Everything else that knows
 * about commands (dispatch, guest-info, lists of names, the command table in the docs, the client's types) is
 * derived from these literals.
 */
export interface Command<
  Name extends string = string,
  Args extends ArgumentsSchema = ArgumentsSchema,
  Returns extends Lazy<v.GenericSchema> | null = Lazy<v.GenericSchema> | null,
> {
  readonly name: Name;
  /** Its place in the QAPI schema, from 1, our own from 1001; guest-info lists commands from the last to the first. */
  readonly place: number;
  /** The first release with it, of QEMU unless it says otherwise. */
  readonly since: string;
  readonly doc: string;
  readonly args: Lazy<Args>;
  /** The `return` value, or null for a command that returns nothing (`{}` on the wire). */
  readonly returns: Returns;
  readonly privilege: Privilege;
  readonly whileFrozen: "allowed" | "refused";
  /** `none`: success is told by no bytes at all (`'success-response': false` in the schema). */
  readonly success: "reply" | "none";
  /** The reply is announced by the byte 0xFF. */
  readonly sentinel?: boolean;
  /** By what means in the guest: system calls, files, programs. For the command table. */
  readonly mechanism: string;
  /**
   * Answers at once, or with a promise where it has to wait for other processes. No request is carried out before the
   * one in front of it is done.
   */
  run(
    args: v.InferOutput<Args>,
    context: CommandContext,
  ): Answer<Returns> | Promise<Answer<Returns>>;
}

/** States a command; infers the types of its arguments and its answer. */
export function command<
  const Name extends string,
  const Args extends ArgumentsSchema,
  const Returns extends Lazy<v.GenericSchema> | null,
>(literal: Command<Name, Args, Returns>): Command<Name, Args, Returns> {
  return literal;
}

const made = new Map<Lazy<unknown>, unknown>();

/** What `lazy` makes; it is called only once. */
export function schemaOf<Schema extends v.GenericSchema>(lazy: Lazy<Schema>): Schema {
  let schema = made.get(lazy) as Schema | undefined;
  if (schema === undefined) {
    schema = lazy();
    made.set(lazy, schema);
  }
  return schema;
}
