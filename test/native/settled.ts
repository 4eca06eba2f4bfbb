import type { Reactor } from "../../native/reactor.ts";
import { running } from "./running.ts";

/** Runs a reactor until what was begun on it is settled, and gives its value or throws its error. */
export async function settled<T>(act: (reactor: Reactor) => Promise<T>): Promise<T> {
  const outcomes: PromiseSettledResult<T>[] = [];
  await running((reactor) => {
    void Promise.allSettled([act(reactor)]).then((all) => {
      outcomes.push(...all);
      reactor.stop();
    });
    reactor.wantTurn();
  });
  const [outcome] = outcomes as [PromiseSettledResult<T>];
  if (outcome.status === "rejected") throw outcome.reason;
  return outcome.value;
}
