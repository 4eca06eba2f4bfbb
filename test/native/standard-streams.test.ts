import { expect, test } from "bun:test";
import { join } from "node:path";

const streams = join(import.meta.dirname, "../../native/standard-streams.ts");

function program(body: string): string[] {
  return [process.execPath, "-e", `import { writeStandard } from "${streams}"; ${body}`];
}

test("a text goes to the stream that was named", () => {
  const { stdout, stderr } = Bun.spawnSync(
    program('writeStandard(1, "out é\\n"); writeStandard(2, "err\\n"); writeStandard(1, "");'),
  );
  expect([stdout.toString(), stderr.toString()]).toEqual(["out é\n", "err\n"]);
});

test("a stream that does not wait is waited for, and nothing is lost", () => {
  const lengthBytes = 3_000_000;
  // The reader holds back until the pipe is full; dd makes the writer's end non-blocking.
  const command = 'dd oflag=nonblock if=/dev/null status=none; exec "$@"';
  const writer = program(`writeStandard(1, "x".repeat(${lengthBytes}))`);
  const shell = ["sh", "-c", `{ ${command}; } | { sleep 0.2; wc -c; }`, "sh", ...writer];
  const { stdout, stderr } = Bun.spawnSync(shell);
  expect(stderr.toString()).toBe("");
  expect(Number(stdout.toString())).toBe(lengthBytes);
});

test("a stream that nobody reads is EPIPE", () => {
  const report = 'catch (error) { require("node:fs").writeFileSync(2, error.message); }';
  const body = `try { for (;;) writeStandard(1, "x".repeat(100000)); } ${report}`;
  const unread = Bun.spawnSync(["sh", "-c", '"$@" | true', "sh", ...program(body)]);
  expect(unread.stderr.toString()).toBe('Cannot write "standard output": EPIPE, Broken pipe');
});
