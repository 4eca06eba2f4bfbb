import { expect, test } from "bun:test";
import { monotonicMs } from "../../native/clock.ts";
import { EPOLLHUP, EPOLLIN, EPOLLOUT, poll } from "../../native/reactor.ts";
import { socketPair } from "../../native/socket.ts";
import { UseAfterClose } from "../../native/use-after-close.ts";

test("poll tells what a descriptor is ready for, and 0 when the time is over", () => {
  const [one, other] = socketPair();
  expect(poll(one, EPOLLIN, 0)).toBe(0);
  const started = monotonicMs();
  expect(poll(one, EPOLLIN, 20)).toBe(0);
  expect(monotonicMs() - started).toBeGreaterThanOrEqual(20);
  expect(poll(one, EPOLLIN | EPOLLOUT, -1)).toBe(EPOLLOUT);
  other.tryWrite(new Uint8Array(1));
  expect(poll(one, EPOLLIN | EPOLLOUT, 1000)).toBe(EPOLLIN | EPOLLOUT);
  other.close();
  expect(poll(one, 0, -1)).toBe(EPOLLHUP);
  one.close();
  expect(() => poll(one, EPOLLIN, 0)).toThrow(UseAfterClose);
});
