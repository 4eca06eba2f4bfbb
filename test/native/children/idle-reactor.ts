/** A reactor with nothing to do but wait: one descriptor that stays quiet, or a timer every so often. */
import { EPOLLIN, Reactor } from "../../../native/reactor.ts";
import { socketPair } from "../../../native/socket.ts";

const tickMs = Number(process.argv[2]);
const reactor = new Reactor({
  onError: (error) => {
    throw error;
  },
});
const [one] = socketPair();
reactor.watch(one, EPOLLIN, () => {});
process.on("SIGTERM", () => reactor.stop());
if (tickMs > 0) {
  const tick = (): void => {
    reactor.timer(tickMs, tick);
  };
  tick();
}
console.log("waiting");
await reactor.run();
