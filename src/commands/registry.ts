import type * as v from "valibot";
import * as accounts from "./accounts.ts";
import type { Command, Lazy } from "./command.ts";
import * as disks from "./disks.ts";
import * as exec from "./exec.ts";
import * as file from "./file.ts";
import * as fileSystems from "./file-systems.ts";
import * as fsfreeze from "./fsfreeze.ts";
import * as fstrim from "./fstrim.ts";
import * as identity from "./identity.ts";
import * as memory from "./memory.ts";
import * as network from "./network.ts";
import * as password from "./password.ts";
import * as power from "./power.ts";
import * as processors from "./processors.ts";
import * as session from "./session.ts";
import * as ssh from "./ssh.ts";
import * as statistics from "./statistics.ts";
import * as time from "./time.ts";

/** The families of commands; a new family is one more word here. */
const families = [
  session,
  time,
  power,
  file,
  fsfreeze,
  fstrim,
  network,
  processors,
  disks,
  accounts,
  password,
  memory,
  exec,
  identity,
  ssh,
  statistics,
  fileSystems,
] as const;

/** What a family exports; of a union of families, what each of them does. */
type ExportOf<Family> = Family extends unknown ? Family[keyof Family] : never;

/** Every command literal of every family. */
export type AnyCommand = Extract<
  ExportOf<(typeof families)[number]>,
  { readonly whileFrozen: string }
>;
export type CommandName = AnyCommand["name"];
type Named<Name extends CommandName> = Extract<AnyCommand, { readonly name: Name }>;

/** What a client passes as arguments of the command. */
export type ArgumentsOf<Name extends CommandName> = v.InferInput<ReturnType<Named<Name>["args"]>>;
/** What a client gets back. */
export type ReturnOf<Name extends CommandName> =
  Named<Name>["returns"] extends Lazy<infer Schema extends v.GenericSchema>
    ? v.InferOutput<Schema>
    : object;

function isCommand(exported: unknown): exported is Command {
  return typeof exported === "object" && exported !== null && "whileFrozen" in exported;
}

/** All commands, in the order of the QAPI schema. */
export const commands: readonly Command[] = families
  .flatMap((family) => Object.values(family).filter(isCommand))
  .sort((a, b) => a.place - b.place);

export const commandsByName: ReadonlyMap<string, Command> = new Map(
  commands.map((each) => [each.name, each]),
);
