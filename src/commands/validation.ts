import * as v from "valibot";
import type { JsonObject, JsonValue } from "../wire/json.ts";
import { GuestError } from "./guest-error.ts";

/**
 * Checks a request's arguments against the schema of its command.
 * @throws GuestError in QAPI's words for the first problem in schema order; members that are too many come last.
 */
export function readArguments<const Schema extends v.GenericSchema>(
  schema: Schema,
  given: JsonObject,
): v.InferOutput<Schema> {
  const result = v.safeParse(schema, plain(given), { abortEarly: true });
  if (result.success) return result.output;
  throw new GuestError(sentence(result.issues[0]));
}

/** Maps become objects without a prototype, so that a member called `__proto__` is just a member. */
function plain(value: JsonValue): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (!(value instanceof Map)) return value;
  const object: Record<string, unknown> = Object.create(null);
  for (const [member, inner] of value) object[member] = plain(inner);
  return object;
}

function sentence(issue: v.BaseIssue<unknown>): string {
  const parameter = dottedPath(issue.path);
  if (issue.type === "strict_object" && issue.path?.at(-1)?.origin === "key") {
    return issue.expected === "never"
      ? `Parameter '${parameter}' is unexpected`
      : `Parameter '${parameter}' is missing`;
  }
  if (issue.type === "picklist") {
    return `Parameter '${parameter}' does not accept value '${issue.input}'`;
  }
  if (issue.message === "uint64") return `Parameter '${parameter}' expects uint64`;
  return `Invalid parameter type for '${parameter}', expected: ${issue.message}`;
}

/** `mem-blks[0].online`: the way QAPI names a nested member. */
function dottedPath(path: v.BaseIssue<unknown>["path"]): string {
  let name = "";
  for (const { key } of path ?? []) {
    if (typeof key === "number") name += `[${key}]`;
    else name += name === "" ? String(key) : `.${String(key)}`;
  }
  return name;
}
