import type { Reactor } from "../../native/reactor.ts";

/** More than anything within one process takes from one end of a socket to the other and back. */
const roundsMin = 50;

/** Calls `next` once everything that is under way has been served, however long that takes on a busy machine. */
export function whenServed(reactor: Reactor, next: () => void): void {
  let rounds = 0;
  const round = (): void => {
    rounds++;
    if (rounds > roundsMin) return next();
    reactor.wantTurn();
    reactor.soon(round);
  };
  round();
}
