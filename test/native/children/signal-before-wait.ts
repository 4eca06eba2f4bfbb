/** Sends itself a signal while JavaScript is busy, and then waits with nothing else to wake it. */
import { Reactor } from "../../../native/reactor.ts";
import { kill } from "../../../native/spawn.ts";

const [signalName, rounds] = [process.argv[2] as NodeJS.Signals, Number(process.argv[3])];
const signal = { SIGTERM: 15, SIGUSR1: 10 }[signalName as "SIGTERM" | "SIGUSR1"];
const reactor = new Reactor({
  onError: (error) => {
    throw error;
  },
});
let handled = 0;
process.on(signalName, () => {
  handled += 1;
  reactor.stop();
});
for (let round = 1; round <= rounds; round++) {
  // kill(2) to oneself returns after the signal has been delivered, so before the wait begins.
  kill(process.pid, signal);
  await reactor.run();
  if (handled !== round) throw new Error(`handled ${handled} of ${round}`);
}
console.log(`handled ${handled}`);
