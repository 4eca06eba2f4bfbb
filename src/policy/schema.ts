/** The shape of a policy file. A member that is not here is an error: a misspelt rule must not be none. */
import * as v from "valibot";
import { allCommands } from "../commands/registry.ts";
import { outputBytesMax } from "../linux/job-output.ts";
import { profileNames } from "./profiles.ts";

/** A program that runs for a day is a service. */
const runSecondsMax = 24 * 60 * 60;
export const argumentCharactersMax = 4096;
const restCountMax = 1024;

const wildcards = /[[\]{}!\\]/;

const absolute = v.pipe(
  v.string("expected a path in quotes"),
  v.startsWith("/", "a path begins with /"),
  v.check((path) => !path.includes("\0"), "a path has no U+0000 in it"),
  v.check(
    (path) => !path.split("/").some((name) => name === "." || name === ".."),
    'a path has no "." and ".." in it',
  ),
);

/** A folder with all that is below it, or a pattern. */
const pathRule = v.pipe(
  absolute,
  v.check(
    (path) => !wildcards.test(path),
    "of wildcards there are *, ** and ?; write ? for others",
  ),
);

const text = v.pipe(
  v.string("expected a text in quotes"),
  v.check((value) => !value.includes("\0"), "an argument has no U+0000 in it"),
);

const characters = v.pipe(
  v.string('expected characters and ranges, such as "a-z0-9_"'),
  v.regex(/^[^\0]+$/s, "at least one character"),
);

const count = (max: number) =>
  v.pipe(
    v.number("expected a number"),
    v.integer("expected a whole number"),
    v.minValue(1, "at least 1"),
    v.maxValue(max, `at most ${max}`),
  );

const oneOfTexts = v.strictObject({ "one-of": v.pipe(v.array(text), v.minLength(1)) });

const characterArgument = v.strictObject({
  /** What it begins with, to the letter. */
  after: v.optional(text, ""),
  characters,
  max: count(argumentCharactersMax),
  min: v.optional(count(argumentCharactersMax), 1),
});

/** By the look of it, so that a complaint is about what was meant. */
const oneArgument = v.lazy<typeof text | typeof oneOfTexts | typeof characterArgument>((value) => {
  if (typeof value !== "object" || value === null) return text;
  return "one-of" in value ? oneOfTexts : characterArgument;
});

const anyArguments = v.literal("any", 'expected a list, or "any"');
const argumentList = v.array(oneArgument);
const programArguments = v.lazy<typeof anyArguments | typeof argumentList>((value) =>
  Array.isArray(value) ? argumentList : anyArguments,
);

const userName = v.pipe(v.string("expected the name of a user"), v.nonEmpty("a name"));

const program = v.strictObject({
  program: v.pipe(absolute, v.regex(/[^/]$/, "a program's path does not end with /")),
  args: v.optional(programArguments, []),
  /** What may follow them. */
  rest: v.optional(
    v.strictObject({
      characters,
      max: count(argumentCharactersMax),
      count: count(restCountMax),
    }),
  ),
  /** Names of variables that the host may set. */
  env: v.optional(
    v.array(v.pipe(v.string(), v.regex(/^[^=\0]+$/, "the name of a variable, without ="))),
    [],
  ),
  input: v.optional(v.boolean("expected true or false"), false),
  /** Whether it may run in a terminal, which is input as well. */
  tty: v.optional(v.boolean("expected true or false"), false),
  /** Whose rights it may have beside the agent's own, and where it may begin. */
  users: v.optional(v.array(userName), []),
  cwd: v.optional(v.array(absolute), []),
  "run-seconds": v.optional(count(runSecondsMax)),
  "output-bytes": v.optional(count(outputBytesMax)),
});

const commandName = v.pipe(
  v.string("expected the name of a command"),
  v.check(
    (name) => allCommands().some((each) => each.name === name),
    ({ input }) => `there is no command ${input}`,
  ),
);

const profile = v.picklist(profileNames, `a profile is one of ${profileNames.join(", ")}`);
const profiles = v.pipe(v.array(profile), v.minLength(1, "at least one profile"));

export const policyFile = v.strictObject({
  profile: v.lazy<typeof profile | typeof profiles>((value) =>
    Array.isArray(value) ? profiles : profile,
  ),
  commands: v.optional(
    v.strictObject({
      allow: v.optional(v.array(commandName), []),
      deny: v.optional(v.array(commandName), []),
    }),
    {},
  ),
  files: v.optional(
    v.strictObject({
      read: v.optional(v.array(pathRule)),
      write: v.optional(v.array(pathRule)),
      deny: v.optional(v.array(pathRule), []),
      /** Devices, FIFOs and the like. */
      special: v.optional(v.array(pathRule), []),
      /** Whether files with more than one name may be opened. */
      "hard-links": v.optional(v.boolean("expected true or false"), false),
    }),
  ),
  exec: v.optional(v.array(program)),
  users: v.optional(
    v.strictObject({
      passwords: v.optional(v.array(userName)),
      "ssh-keys": v.optional(v.array(userName)),
      deny: v.optional(v.array(userName), []),
    }),
  ),
  "file-systems": v.optional(v.strictObject({ "mount-points": v.array(absolute) })),
});

export type PolicyFile = v.InferOutput<typeof policyFile>;
export type ProgramRule = v.InferOutput<typeof program>;
export type ArgumentRule = v.InferOutput<typeof oneArgument>;
