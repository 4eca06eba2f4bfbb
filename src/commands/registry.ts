import type * as v from "valibot";
import type { Command, Lazy } from "./command.ts";
import type { families } from "./families.ts";
import { sessionCommands } from "./session.ts";

/** Every command literal of every family. */
export type AnyCommand = (typeof sessionCommands | (typeof families)[number])[number];
export type CommandName = AnyCommand["name"];
type Named<Name extends CommandName> = Extract<AnyCommand, { readonly name: Name }>;

/** What a client passes as arguments of the command. */
export type ArgumentsOf<Name extends CommandName> = v.InferInput<ReturnType<Named<Name>["args"]>>;
/** What a client gets back. */
export type ReturnOf<Name extends CommandName> =
  Named<Name>["returns"] extends Lazy<infer Schema extends v.GenericSchema>
    ? v.InferOutput<Schema>
    : object;

/** What hosts begin with: the one family that every start loads. */
const first = new Map<string, Command>();
for (const each of sessionCommands) first.set(each.name, each);

let all: ReadonlyMap<string, Command> | null = null;

/**
 * Every command by its name. The first call loads the code of all of them, which takes longer than the rest of a start;
 * later calls do nothing.
 */
export function loadCommands(): ReadonlyMap<string, Command> {
  if (all !== null) return all;
  const later = require("./families.ts") as typeof import("./families.ts");
  const byName = new Map(first);
  for (const family of later.families) for (const each of family) byName.set(each.name, each);
  all = byName;
  return all;
}

/** The command of that name; loads the others when it is none of those that hosts begin with. */
export function commandNamed(name: string): Command | undefined {
  return (all ?? first).get(name) ?? loadCommands().get(name);
}

/** What the names of commands begin with that qemu-ga does not have: QAPI's way for what is not QEMU's. */
export const vendorPrefix = "__org.guestwire_";

/** All commands that are QEMU's, in the order of the QAPI schema. */
export function qemuCommands(): Command[] {
  return allCommands().filter(({ name }) => !name.startsWith(vendorPrefix));
}

/** All commands, in the order of the QAPI schema; our own come behind those of QEMU. */
export function allCommands(): Command[] {
  return [...loadCommands().values()].sort((a, b) => a.place - b.place);
}
