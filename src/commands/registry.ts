import type * as v from "valibot";
import { accountsCommands } from "./accounts.ts";
import type { Command, Lazy } from "./command.ts";
import { disksCommands } from "./disks.ts";
import { execCommands } from "./exec.ts";
import { fileCommands } from "./file.ts";
import { fileSystemsCommands } from "./file-systems.ts";
import { fsfreezeCommands } from "./fsfreeze.ts";
import { fstrimCommands } from "./fstrim.ts";
import { identityCommands } from "./identity.ts";
import { memoryCommands } from "./memory.ts";
import { networkCommands } from "./network.ts";
import { passwordCommands } from "./password.ts";
import { powerCommands } from "./power.ts";
import { processorsCommands } from "./processors.ts";
import { sessionCommands } from "./session.ts";
import { sshCommands } from "./ssh.ts";
import { statisticsCommands } from "./statistics.ts";
import { timeCommands } from "./time.ts";

/** The families of commands; a new family is one more word here. */
const families = [
  sessionCommands,
  timeCommands,
  powerCommands,
  fileCommands,
  fsfreezeCommands,
  fstrimCommands,
  networkCommands,
  processorsCommands,
  disksCommands,
  accountsCommands,
  passwordCommands,
  memoryCommands,
  execCommands,
  identityCommands,
  sshCommands,
  statisticsCommands,
  fileSystemsCommands,
] as const;

/** Every command literal of every family. */
export type AnyCommand = (typeof families)[number][number];
export type CommandName = AnyCommand["name"];
type Named<Name extends CommandName> = Extract<AnyCommand, { readonly name: Name }>;

/** What a client passes as arguments of the command. */
export type ArgumentsOf<Name extends CommandName> = v.InferInput<ReturnType<Named<Name>["args"]>>;
/** What a client gets back. */
export type ReturnOf<Name extends CommandName> =
  Named<Name>["returns"] extends Lazy<infer Schema extends v.GenericSchema>
    ? v.InferOutput<Schema>
    : object;

const byName = new Map<string, Command>();
for (const family of families) for (const each of family) byName.set(each.name, each);
export const commandsByName: ReadonlyMap<string, Command> = byName;

/** All commands, in the order of the QAPI schema. */
export function allCommands(): Command[] {
  return families.flat<readonly (readonly Command[])[], 1>().sort((a, b) => a.place - b.place);
}
