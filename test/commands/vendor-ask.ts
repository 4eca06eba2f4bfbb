import type { ArgumentsSchema, Command } from "../../src/commands/command.ts";
import type { CommandContext } from "../../src/commands/context.ts";
import { readArguments } from "../../src/commands/validation.ts";
import { GuestFile } from "../../src/linux/guest-file.ts";
import { ReadMemory } from "../../src/linux/read-memory.ts";
import type { JsonValue } from "../../src/wire/json.ts";

type Asked<Args extends ArgumentsSchema, Answer> = Pick<Command<string, Args>, "args"> & {
  run(args: never, context: CommandContext): Answer;
};

/** Has a command carried out as the dispatcher does, with what is given of a context. It does not wait. */
export function ask<Args extends ArgumentsSchema, Answer>(
  command: Asked<Args, Answer>,
  args: Record<string, JsonValue>,
  context: Partial<CommandContext> = {},
): Exclude<Answer, Promise<unknown>> {
  const answer = carriedOut(command, args, context);
  if (answer instanceof Promise) throw new Error("It waits");
  return answer as Exclude<Answer, Promise<unknown>>;
}

/** The same for one that waits. */
export function askLater<Args extends ArgumentsSchema, Answer>(
  command: Asked<Args, Answer>,
  args: Record<string, JsonValue>,
  context: Partial<CommandContext>,
): Promise<Awaited<Answer>> {
  const answer = carriedOut(command, args, context);
  if (!(answer instanceof Promise)) throw new Error("It does not wait");
  return answer;
}

function carriedOut<Args extends ArgumentsSchema, Answer>(
  command: Asked<Args, Answer>,
  args: Record<string, JsonValue>,
  context: Partial<CommandContext>,
): Answer {
  const read = readArguments(command.args(), new Map(Object.entries(args)));
  const whole = { audit() {}, policy: null, readMemory: new ReadMemory(), ...context };
  return command.run(read as never, whole as CommandContext);
}

/** A context in which handle 7 is an open file. */
export function withFile(path: string, mode: string): Partial<CommandContext> & Disposable {
  const file = GuestFile.open(path, mode);
  const files = { get: () => file } as unknown as CommandContext["files"];
  return { files, [Symbol.dispose]: () => file.close() };
}

export const handle = 7;

export function b64(text: string | Uint8Array): string {
  return Buffer.from(text as string).toString("base64");
}
