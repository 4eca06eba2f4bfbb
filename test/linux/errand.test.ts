/** What another process of this program is asked to do, with programs that stand for it and with itself. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import type { Reactor } from "../../native/reactor.ts";
import { runErrand } from "../../src/linux/errand.ts";
import { keysSubcommand } from "../../src/linux/errands.ts";
import { running } from "../native/running.ts";

setDefaultTimeout(60_000);

const main = join(import.meta.dirname, "../../src/cli/main.ts");
const longMs = 50_000;

async function outcome(
  program: readonly string[],
  order: unknown = null,
  deadlineMs = longMs,
): Promise<unknown> {
  let told: unknown;
  await running((reactor: Reactor) => {
    runErrand(reactor, { name: keysSubcommand, order, deadlineMs }, program)
      .then(
        (answer) => {
          told = answer;
        },
        (error: Error) => {
          told = `${error.name}: ${error.message}`;
        },
      )
      .finally(() => reactor.stop());
  });
  return told;
}

const script = (text: string) => ["/bin/sh", "-c", text];

test("the order reaches it and its answer comes back, whatever the letters", async () => {
  const order = { root: "/ä\u{1f600}", list: ["\0", "\n"] };
  expect(await outcome(script("cat"), order)).toEqual(order);
});

test("its name is the last of its arguments", async () => {
  expect(await outcome([...script('printf "\\"%s\\"" "$1"'), "x"])).toBe(keysSubcommand);
});

test.each([
  ["echo sorry >&2; exit 3", "ErrandFailure: exit status 3, said: sorry"],
  ["exit 3", "ErrandFailure: exit status 3"],
  ["kill -9 $$", "ErrandFailure: killed by signal 9"],
])("%s is told", async (text, expected) => {
  expect(await outcome(script(text))).toBe(expected);
});

test("one that does not answer is given up", async () => {
  expect(await outcome(script("exec sleep 600"), null, 100)).toBe(
    "ErrandFailure: no answer within 0.1 s",
  );
});

test("one that cannot be started is told", async () => {
  expect(await outcome(["/no/such/program"])).toContain("No such file or directory");
});

test("this program works on keys so", async () => {
  const order = { root: "", username: "no such user", act: "list", keys: [] };
  expect(await outcome([process.execPath, main], order)).toEqual({ failed: "look up", errno: 0 });
});
