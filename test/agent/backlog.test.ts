import { expect, test } from "bun:test";
import { Backlog } from "../../src/agent/backlog.ts";

function pressedBacklog(): { backlog: Backlog; pressedCount: () => number } {
  let count = 0;
  const backlog = new Backlog(() => {
    count += 1;
  });
  return { backlog, pressedCount: () => count };
}

const request = Buffer.from("{}");

test("a command that nobody waits for is not pressed", () => {
  const { backlog, pressedCount } = pressedBacklog();
  backlog.begin(new ArrayBuffer(1));
  backlog.end();
  backlog.disown();
  expect(pressedCount()).toBe(0);
});

test("a command is pressed by what comes behind it, or waits already when it begins", () => {
  const { backlog, pressedCount } = pressedBacklog();
  backlog.begin(new ArrayBuffer(1));
  backlog.push(request);
  expect(pressedCount()).toBe(1);
  backlog.push(request);
  backlog.end();
  backlog.shift();
  expect(pressedCount()).toBe(2);
  backlog.begin(new ArrayBuffer(1));
  expect(pressedCount()).toBe(3);
});

test("a command is pressed when nobody wants its reply any more", () => {
  const { backlog, pressedCount } = pressedBacklog();
  backlog.begin(new ArrayBuffer(1));
  backlog.disown();
  expect(pressedCount()).toBe(1);
});
