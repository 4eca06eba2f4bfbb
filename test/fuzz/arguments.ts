import type * as v from "valibot";
import { type Command, schemaOf } from "../../src/commands/command.ts";
import { integerText, quoted, stringText, valueText } from "./json-text.ts";
import type { Random } from "./random.ts";

/** What a fuzzed agent has given out, so that some of it is asked for again. */
export interface Given {
  readonly handles: readonly string[];
  readonly pids: readonly string[];
}

/** Nothing that runs for long or changes what is outside of its own folder. */
const programs = [
  "true",
  "false",
  "echo",
  "cat",
  "/bin/true",
  "/nonexistent",
  "",
  "/tmp",
  "/dev/null",
];
/** Two agents read the same from each of them. */
const files = [
  ...["/tmp/a", "/tmp/b", "/tmp/fifo", "/tmp/link", "/tmp/loop", "/tmp/none/a", "/tmp", "/", ""],
  ...["/dev/null", "/dev/zero", "/dev/full", "/proc/version", "/proc/self/fd/0"],
  ...["/etc/hostname", "relative", "/tmp/../etc/hostname"],
];
const modes = [
  "r",
  "w",
  "a",
  "r+",
  "w+",
  "a+",
  "rb",
  "wb",
  "rb+",
  "ab+",
  "x",
  "",
  "rw",
  "wx",
  "r+b",
];
const base64Texts = [
  "",
  "aGVsbG8=",
  "aGVsbG8",
  "AA==",
  "AAA=",
  "QUJD\\nREVG",
  "!",
  "a",
  "=",
  "A=A=",
  "____",
];
const counts = [
  "0",
  "1",
  "16",
  "4096",
  "65536",
  "50331648",
  "50331649",
  "-1",
  "9223372036854775807",
];
const sizes = ["0", "1", "4097", "1048576", "-1"];

/** Large reads are right, and so slow that there must not be many of them. */
const smallCounts = counts.filter((count) => Number(count) < 1e6 || Number(count) > 5.1e7);

/**
 * The text of a command's arguments, made of its schema: right, right but for one thing, or anything. As JSON it is
 * right in any case.
 * @returns null for none
 */
export function argumentsText(command: Command, given: Given, random: Random): string | null {
  const entries = Object.entries(schemaOf(command.args).entries);
  if (entries.length === 0 && !random.chance(8)) return null;
  if (random.chance(16)) return valueText(random, 3, true);
  const flaw = random.chance(3) ? random.below(3) : -1;
  const flawed = random.below(entries.length + 1);
  const members: string[] = [];
  for (const [index, [name, schema]] of entries.entries()) {
    const isOptional = schema.type === "exact_optional";
    if (isOptional && random.chance(2)) continue;
    if (flaw === 0 && index === flawed) continue;
    const isWrong = flaw === 1 && index === flawed;
    const text = isWrong
      ? valueText(random, 2, true)
      : textOf(schema, { name, command: command.name, given, random });
    members.push(`"${name}":${text}`);
  }
  if (flaw === 2) members.push(`${stringText(random, true)}:${valueText(random, 1, true)}`);
  return `{${members.join()}}`;
}

interface Place {
  readonly name: string;
  readonly command: string;
  readonly given: Given;
  readonly random: Random;
}

/** A schema with a description is a pipe in a pipe. */
type Pipe = readonly { readonly options?: readonly string[]; readonly pipe?: Pipe }[];

function optionsIn(pipe: Pipe | undefined): readonly string[] | undefined {
  for (const each of pipe ?? []) {
    const options = each.options ?? optionsIn(each.pipe);
    if (options !== undefined) return options;
  }
  return undefined;
}

/** Valibot's schemas as data: what `qapi.ts` makes of them. */
interface SchemaData {
  readonly type: string;
  readonly message?: unknown;
  readonly wrapped?: v.GenericSchema;
  readonly item?: v.GenericSchema;
  readonly entries?: Readonly<Record<string, v.GenericSchema>>;
  readonly pipe?: Pipe;
  readonly getter?: (value: unknown) => v.GenericSchema;
}

/** @throws Error for a kind of schema that no argument had when this was written */
function textOf(schema: v.GenericSchema, place: Place): string {
  const { random } = place;
  const { type, message, wrapped, item, entries, pipe, getter } = schema as SchemaData;
  switch (type) {
    case "exact_optional":
      return textOf(wrapped as v.GenericSchema, place);
    case "boolean":
      return random.pick(["true", "false"]);
    case "array": {
      const items = Array.from({ length: random.below(4) }, () =>
        textOf(item as v.GenericSchema, place),
      );
      return `[${items.join()}]`;
    }
    case "strict_object":
      return `{${Object.entries(entries ?? {})
        .map(([name, each]) => `"${name}":${textOf(each, { ...place, name })}`)
        .join()}}`;
    case "lazy":
      return textOf((getter as NonNullable<typeof getter>)(random.pick([{}, "", 1, true])), place);
    case "custom": {
      const options = optionsIn(pipe);
      if (options !== undefined) return quoted(random, random.pick(options));
      return message === "string" ? string(place) : number(place);
    }
    default:
      throw new Error(`No text for a schema of type ${type}`);
  }
}

function number({ name, given, random }: Place): string {
  if (random.chance(8) && name !== "wait") return integerText(random);
  if (name === "handle" && given.handles.length > 0) return random.pick(given.handles);
  if (name === "pid" && given.pids.length > 0) return random.pick(given.pids);
  if (name === "wait") return random.pick(["0", "1", "5", "-1", "2001"]);
  // A file that is made endless is hashed and read for as long as that may take.
  if (name === "size") return random.pick(sizes);
  if (name === "count") return random.pick(random.chance(4000) ? counts : smallCounts);
  return integerText(random);
}

function string({ name, command, random }: Place): string {
  if (name === "path" && command.includes("exec")) return quoted(random, random.pick(programs));
  if (random.chance(8)) return stringText(random, true);
  if (name === "path") return quoted(random, random.pick(files));
  if (name === "mode") return quoted(random, random.pick(modes));
  if (name.endsWith("b64") || name === "input-data" || name === "password") {
    return quoted(random, random.pick(base64Texts));
  }
  if (name === "env") return quoted(random, random.pick(["A=b", "LD_PRELOAD=/none", "=", "x", ""]));
  return stringText(random, true);
}
