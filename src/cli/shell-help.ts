import { schemaOf } from "../commands/command.ts";
import { type Member, membersOf, returnedMembersOf } from "../commands/describe.ts";
import { commandNamed } from "../commands/registry.ts";
import { tableText } from "./table-text.ts";

const lines = `COMMAND [KEY=VALUE...]  calls a command; Tab completes
COMMAND JSON            the same with its arguments as an object
help [COMMAND]          this, or what a command takes and returns
history                 the lines so far
sync                    gets in sync with the agent anew
quit                    leaves, as Ctrl-D does

`;

/** What there is. @param names of the commands that the agent has; what it calls others is not known here */
export function helpText(names: readonly string[]): string {
  const rows = names.map((name) => [name, commandNamed(name)?.doc ?? ""]);
  return lines + tableText({ columns: null, rows });
}

/** What a command takes and returns; null for one that is not known here. */
export function commandHelpText(name: string): string | null {
  const command = commandNamed(name);
  if (command === undefined) return null;
  const { doc, args, returns, since, success } = command;
  const taken = membersOf(schemaOf(args));
  const returned = returns === null ? [] : returnedMembersOf(schemaOf(returns));
  const none = success === "none" ? "nothing at all when it succeeds" : "an empty object";
  return [
    `${doc} Since ${since}.\n`,
    section("Takes", taken, "nothing"),
    section("Returns", returned, returns === null ? none : "one value"),
  ].join("\n");
}

function section(title: string, members: readonly Member[], none: string): string {
  if (members.length === 0) return `${title} ${none}.\n`;
  const rows = members.map(({ name, type, meaning }) => [`  ${name}`, type, meaning]);
  return `${title}:\n${tableText({ columns: null, rows })}`;
}
