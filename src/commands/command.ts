import type * as v from "valibot";
import type { CommandContext } from "./context.ts";
import type { Evidence } from "./evidence.ts";

/**
 * What a host needs to be trusted with to call a command, from harmless to everything. The words are those of
 * Proxmox VE 9 (VM.GuestAgent.Audit, .FileRead, .FileWrite, .FileSystemMgmt, .Unrestricted) with power and programs apart.
 */
export type Privilege =
  | "audit"
  | "file-read"
  | "file-write"
  | "fs"
  | "power"
  | "exec"
  | "unrestricted";

/**
 * What a policy can have rules about: which arguments of a command mean what. A path may be given as base64 of its bytes
 * instead, in a twin whose name has `-b64` behind it. `mount-points` without a name stands for a command that is about all
 * of them.
 */
export type Guard<Argument extends string = string> =
  /** Opens a file in a mode of fopen(3). */
  | { readonly kind: "file"; readonly path: Argument; readonly mode: Argument }
  /** Tells something about a file, of a link itself where the argument `follow` is false; see guarded-path.ts. */
  | {
      readonly kind: "read-path";
      readonly path: Argument;
      readonly deed: ReadDeed;
      readonly follow?: Argument;
    }
  /** Changes a file itself, maybe its mode, or what stands under a name; two paths are a move from one to the other. */
  | {
      readonly kind: "write-path";
      readonly path: Argument;
      readonly deed: WriteDeed;
      readonly mode?: Argument;
      readonly to?: Argument;
    }
  | {
      readonly kind: "program";
      readonly path: Argument;
      readonly args: Argument;
      readonly env: Argument;
      readonly input: Argument;
      readonly cwd?: Argument;
      readonly user?: Argument;
      readonly tty?: Argument;
    }
  | { readonly kind: "passwords" | "ssh-keys"; readonly user: Argument }
  | { readonly kind: "mount-points"; readonly list: Argument | null };

/** `look`: what it is, or is in it if it is a folder; `read`: what is in it. */
export type ReadDeed = "look" | "read";

/** `change`: the file or link itself; `name`: what stands under a name, which is made, taken away or moved. */
export type WriteDeed = "change" | "name";

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
  /** Absent: a policy allows or denies the command whole. */
  readonly guard?: Guard;
  /** Whoever takes one of these from hosts takes this one too: it could stand in for it. */
  readonly deniedWith?: readonly string[];
  readonly whileFrozen: "allowed" | "refused";
  /** `none`: success is told by no bytes at all (`'success-response': false` in the schema). */
  readonly success: "reply" | "none";
  /** The reply is announced by the byte 0xFF. */
  readonly sentinel?: boolean;
  /**
   * What the audit log keeps of a call; without this, nothing but its name. Called once the command is done: `value` is
   * what it answered, undefined where it failed, and bytes of a long text may be gone if the command had to wait. Null:
   * this call is not worth a line.
   */
  audited?(args: v.InferOutput<Args>, value: Answer<Returns> | undefined): Evidence | null;
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

/** States a command; infers the types of its arguments and its answer. A guard names arguments that there are. */
export function command<
  const Name extends string,
  const Args extends ArgumentsSchema,
  const Returns extends Lazy<v.GenericSchema> | null,
>(
  literal: Command<Name, Args, Returns> & {
    readonly guard?: Guard<keyof v.InferOutput<Args> & string>;
  },
): Command<Name, Args, Returns> {
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
