import type { Command } from "../commands/command.ts";
import type { CommandContext } from "../commands/context.ts";
import { Denial, notAllowed } from "../commands/guest-error.ts";
import type { JsonValue } from "../wire/json.ts";

/** A call as the dispatcher has read it. */
export interface Call {
  readonly command: Command;
  readonly args: unknown;
  readonly id: JsonValue | undefined;
}

/** Stands between the dispatcher and the commands, and sees what is called. */
export interface Witness {
  /** Runs the command and passes on what it answers, gives promise of or throws. */
  run(call: Call, context: CommandContext): unknown;
  /** A request was refused before its command ran. `args` are undefined unless they are valid. */
  refused(name: string, args: unknown, error: unknown): void;
}

/** What is behind the last witness: the policy, if there is one, and the command. */
export const runDirectly: Witness = {
  run({ command, args }, context) {
    try {
      context.policy?.checkArguments(command, args as Record<string, unknown>);
      const value: unknown = command.run(args as never, context);
      if (!(value instanceof Promise)) return value;
      return value.catch((error: unknown) => {
        throw told(error, command, context);
      });
    } catch (error) {
      throw told(error, command, context);
    }
  },
  refused: () => {},
};

/** A denial for the host, and its reason for the log; everything else as it is. */
function told(error: unknown, { name }: Command, context: CommandContext): unknown {
  if (!(error instanceof Denial)) return error;
  context.audit(`${name} denied by the policy: ${error.message}`);
  return notAllowed(name, error);
}
