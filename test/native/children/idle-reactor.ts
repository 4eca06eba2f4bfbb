/**
 * A reactor with nothing to do but wait: one descriptor that stays quiet, and a timer every so often if asked for.
 * With "hide-proc" it finds no /proc in which to look for the runtime's epoll sets.
 */
import { EPOLLIN, Reactor } from "../../../native/reactor.ts";
import { socketPair } from "../../../native/socket.ts";

const tickMs = Number(process.argv[2]);
if (process.argv[3] === "hide-proc") Bun.spawnSync(["mount", "-t", "tmpfs", "none", "/proc"]);
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
