import * as v from "valibot";
import { type PolicyFile, policyFile } from "./schema.ts";

/** A policy that cannot be obeyed; the message says what is wrong, and where it can be told, in which line. */
export class PolicyError extends Error {
  override readonly name = "PolicyError";
}

/** Reads the text of a policy file. @throws PolicyError */
export function parsePolicy(text: string): PolicyFile {
  const result = v.safeParse(policyFile, parseToml(text), { abortEarly: false });
  if (result.success) return result.output;
  throw new PolicyError(result.issues.map((issue) => sentence(text, issue)).join("; "));
}

function parseToml(text: string): unknown {
  try {
    return Bun.TOML.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const reason = error.message.replace(/^TOML Parse error: /, "");
    throw new PolicyError(`line ${lineOfFault(text, error.message)}: ${reason}`);
  }
}

/** The parser does not say where it stopped: it is the first line with which the text up to it fails in the same way. */
function lineOfFault(text: string, message: string): number {
  const lines = text.split("\n");
  const fails = (count: number): boolean => {
    try {
      Bun.TOML.parse(`${lines.slice(0, count).join("\n")}\n`);
      return false;
    } catch (error) {
      return (error as Error).message === message;
    }
  };
  for (let count = 1; count < lines.length; count++) if (fails(count)) return count;
  return lines.length;
}

function sentence(text: string, issue: v.BaseIssue<unknown>): string {
  const path = (issue.path ?? []).map(({ key }) => key as string | number);
  const name = path
    .map((key, index) =>
      typeof key === "number" ? `[${key + 1}]` : `${index > 0 ? "." : ""}${key}`,
    )
    .join("");
  const line = lineOfKey(text, path);
  const where = line === null ? name : `line ${line}: ${name}`;
  return `${where}: ${wordsOf(issue)}`;
}

function wordsOf(issue: v.BaseIssue<unknown>): string {
  if (issue.type !== "strict_object") return issue.message;
  if (issue.expected === "never") return "there is no such key";
  return issue.path?.at(-1)?.origin === "key" ? "it is missing" : "expected a table";
}

/** The line that names the last key of a path, behind the header of its table; null where none is found. */
function lineOfKey(text: string, path: readonly (string | number)[]): number | null {
  const keys = path.filter((key) => typeof key === "string");
  const [table = "", ...rest] = keys;
  const index = typeof path[1] === "number" ? path[1] : 0;
  const lines = text.split("\n");
  const header = nthLine(lines, new RegExp(`^\\s*\\[\\[?\\s*"?${escaped(table)}"?\\s*\\]`), index);
  const last = rest.at(-1);
  if (header !== null && last === undefined) return header;
  const assigned = new RegExp(`(?:^|[{,.])\\s*"?${escaped(last ?? table)}"?\\s*=`);
  const from = header ?? 0;
  const found = lines.findIndex((line, at) => at >= from && assigned.test(line));
  return found === -1 ? header : found + 1;
}

function nthLine(lines: readonly string[], pattern: RegExp, nth: number): number | null {
  const found = lines.flatMap((line, at) => (pattern.test(line) ? [at + 1] : []));
  return found[nth] ?? null;
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\-]/g, "\\$&");
}
