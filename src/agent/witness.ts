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
      return command.run(args as never, context);
    } catch (error) {
      if (!(error instanceof Denial)) throw error;
      context.audit(`${command.name} denied by the policy: ${error.message}`);
      throw notAllowed(command.name);
    }
  },
  refused: () => {},
};
