import { expect } from "bun:test";
import { Reactor, type ReactorOptions } from "../../native/reactor.ts";

/** A reactor holds up the test runner's own clock, so it must end by itself where a test goes wrong. */
const limitMs = 10_000;

/**
 * Sets something up on a reactor, runs it until it is stopped, and checks that nothing was thrown to it.
 */
export async function running(
  setUp: (reactor: Reactor) => void,
  options: Partial<ReactorOptions> = {},
): Promise<void> {
  const errors: unknown[] = [];
  using reactor = new Reactor({ onError: (error) => errors.push(error), ...options });
  const limit = reactor.timer(limitMs, () => {
    errors.push(new Error(`the reactor was not stopped within ${limitMs} ms`));
    reactor.stop();
  });
  setUp(reactor);
  await reactor.run();
  limit.cancel();
  expect(errors).toEqual([]);
}
