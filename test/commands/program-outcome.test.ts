import { expect, test } from "bun:test";
import { mustRun } from "../../src/commands/program-outcome.ts";
import type { Program } from "../../src/linux/program.ts";
import { running } from "../native/running.ts";

/** What the host reads of a program that had "set the hands"; null after a success. */
async function complaint(program: Partial<Program>): Promise<string | null> {
  let said: string | null = null;
  await running((reactor) => {
    const whole = { argv: [], deadlineMs: 8_000, atDeadline: "kill", ...program } as const;
    mustRun(reactor, "set the hands", whole)
      .catch((error: Error) => {
        said = error.message;
      })
      .finally(() => reactor.stop());
  });
  return said;
}

const sh = (script: string) => ["/bin/sh", "-c", script];

test("a success is silent, whatever was said", async () => {
  expect(await complaint({ argv: sh("echo out; echo err >&2") })).toBeNull();
});

test.each([
  ["echo why >&2; exit 3", "child process has failed to set the hands: why\n"],
  ["exit 3", "child process has failed to set the hands: exit status 3"],
  ["kill -9 $$", "child process has terminated abnormally"],
  ["echo why; kill -9 $$", "child process has terminated abnormally: why\n"],
])("of %p the host reads %p", async (script, words) => {
  expect(await complaint({ argv: sh(script) })).toBe(words);
});

test("what cannot be executed is told as by the child that was to become it", async () => {
  expect(await complaint({ argv: ["/nonexistent/tool"] })).toBe(
    "child process has failed to set the hands: failed to exec '/nonexistent/tool': No such file or directory\n",
  );
});

test("a program that does not end is told of, with what it said", async () => {
  const late = { deadlineMs: 1000 };
  expect(await complaint({ argv: sh("exec sleep 60"), ...late })).toBe(
    "child process has failed to set the hands: no end after 1 s",
  );
  expect(await complaint({ argv: sh("echo begun; exec sleep 60"), ...late })).toBe(
    "child process has failed to set the hands: no end after 1 s, said: begun\n",
  );
});
