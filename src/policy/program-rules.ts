import { SysError } from "../../native/errno.ts";
import { OpenFlag } from "../../native/structs.ts";
import { Denial } from "../commands/guest-error.ts";
import type { JobOrder } from "../linux/job.ts";
import { lastName } from "../linux/paths.ts";
import { openTrusted, UntrustedPath } from "../linux/trusted-path.ts";
import { CharacterSet } from "./character-set.ts";
import { realPath } from "./path-rules.ts";
import type { ArgumentRule, ProgramRule } from "./schema.ts";

const msPerSecond = 1000;

/** What a host asks for. */
export interface AskedProgram {
  readonly path: string;
  readonly args: readonly string[];
  readonly env: readonly string[] | undefined;
  readonly hasInput: boolean;
  /** Its input and output are a terminal's. */
  readonly hasTerminal?: boolean;
  readonly user?: string | undefined;
  readonly cwd?: string | undefined;
}

/** What becomes of an order by a rule, and the number of the rule, from 1. */
export interface NarrowedProgram {
  readonly limits: Pick<JobOrder, "program" | "runMsMax" | "outputBytesMax">;
  readonly rule: number;
}

/**
 * Finds the rule for a program. What runs is the program of the rule, not what the host's words lead to: neither PATH nor
 * a link has a say.
 * @throws Denial that tells why each rule for this program does not fit; SysError `run` where the program is not there,
 * and `open` where the folder to begin in is not
 */
export function narrowProgram(rules: readonly ProgramRule[], asked: AskedProgram): NarrowedProgram {
  const reasons: string[] = [];
  for (const [index, rule] of rules.entries()) {
    if (!isMeant(rule.program, asked.path)) continue;
    const reason = mismatch(rule, asked);
    if (reason !== null) {
      reasons.push(`[[exec]] ${index + 1}: ${reason}`);
      continue;
    }
    mustBeTrusted("program", rule.program, "run");
    if (asked.cwd !== undefined) mustBeTrusted("folder", asked.cwd, "open");
    return { limits: { program: rule.program, ...limitsOf(rule) }, rule: index + 1 };
  }
  throw new Denial(
    reasons.length > 0 ? reasons.join("; ") : `no [[exec]] has the program ${asked.path}`,
  );
}

function limitsOf(rule: ProgramRule): NarrowedProgram["limits"] {
  const { "run-seconds": seconds, "output-bytes": bytes } = rule;
  return {
    ...(seconds !== undefined && { runMsMax: seconds * msPerSecond }),
    ...(bytes !== undefined && { outputBytesMax: bytes }),
  };
}

/** The host may give the path, the name alone, or another way to the same entry of the same folder. */
function isMeant(program: string, path: string): boolean {
  if (path === program) return true;
  const name = lastName(program);
  if (!path.includes("/")) return path === name;
  if (!path.startsWith("/") || lastName(path) !== name) return false;
  const folder = realPath(path.slice(0, -name.length));
  return folder !== null && folder === realPath(program.slice(0, -name.length));
}

/** Why the rule is not about this; null where it is. */
function mismatch(rule: ProgramRule, asked: AskedProgram): string | null {
  const { args, env, hasInput, hasTerminal = false, user, cwd } = asked;
  // What is typed into a terminal is input, too, but a rule that lets a program have one says so.
  if (hasTerminal && !rule.tty) return "tty is not true, and it asks for a terminal";
  if (hasInput && !hasTerminal && !rule.input) return "input is not true, and there is some";
  if (user !== undefined && !rule.users.includes(user)) return `users does not have ${user}`;
  if (cwd !== undefined && !rule.cwd.includes(cwd)) return `cwd does not have ${cwd}`;
  for (const entry of env ?? []) {
    const name = entry.split("=", 1)[0] as string;
    if (!entry.includes("=")) return `"${entry}" is no variable of an environment`;
    if (!rule.env.includes(name)) return `env does not have ${name}`;
  }
  return argumentsMismatch(rule, args);
}

function argumentsMismatch({ args: expected, rest }: ProgramRule, args: readonly string[]) {
  if (expected === "any") return null;
  for (const [index, rule] of expected.entries()) {
    const given = args[index];
    if (given === undefined) return `argument ${index + 1} is missing`;
    if (!fits(rule, given)) return `argument ${index + 1} is another one: "${given}"`;
  }
  const more = args.slice(expected.length);
  if (more.length === 0) return null;
  if (rest === undefined || more.length > rest.count) return "too many arguments";
  const wrong = more.find((given) => !fits({ ...rest, after: "", min: 1 }, given));
  return wrong === undefined ? null : `rest does not have "${wrong}"`;
}

function fits(rule: ArgumentRule, given: string): boolean {
  if (typeof rule === "string") return given === rule;
  if ("one-of" in rule) return rule["one-of"].includes(given);
  const { after, characters, max, min } = rule;
  if (!given.startsWith(after)) return false;
  const value = given.slice(after.length);
  if (value.length < min || value.length > max) return false;
  // An option where a value was meant is another thing altogether.
  if (after === "" && value.startsWith("-")) return false;
  return new CharacterSet(characters).hasAllOf(value);
}

/** @throws Denial; SysError `op` */
function mustBeTrusted(what: "program" | "folder", path: string, op: string): void {
  try {
    openTrusted(path, OpenFlag.O_PATH).close();
  } catch (error) {
    if (error instanceof UntrustedPath) {
      throw new Denial(`the ${what} of the rule is not root's alone: ${error.message}`);
    }
    throw error instanceof SysError ? new SysError(op, error.errno, path) : error;
  }
}
