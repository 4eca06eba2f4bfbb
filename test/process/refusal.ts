import { expect } from "bun:test";
import { mkdirSync } from "node:fs";
import { type Outcome, run } from "./agent.ts";
import type { Scratch } from "./scratch.ts";

/** The messages of log lines, without the time in front. */
export function messages(stderr: string): string[] {
  return stderr
    .trimEnd()
    .split("\n")
    .map((line) => line.replace(/^\d+\.\d{6}: /, ""));
}

export function expectRefusal(outcome: Outcome, ...said: string[]): void {
  expect({ ...outcome, stderr: messages(outcome.stderr) }).toEqual({
    code: 1,
    signal: null,
    stdout: "",
    stderr: said,
  });
}

/** Starts an agent that must not start, on `path` and with a state folder of its own. */
export async function start(scratch: Scratch, path: string, ...more: string[]): Promise<Outcome> {
  mkdirSync(scratch.file("state"), { recursive: true });
  return run(["-m", "unix-listen", "-p", path, "-t", scratch.file("state"), ...more]);
}

export const noChannel = [
  "critical: failed to create guest agent channel",
  "critical: failed to initialize guest agent channel",
];
export const noAgentError = "critical: error initializing guest agent";
