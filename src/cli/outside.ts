import { Reactor } from "../../native/reactor.ts";
import { openSyslog } from "../../native/syslog.ts";
import { standIn } from "../linux/outside/stand-in.ts";
import { exitCode } from "./exit-code.ts";
import type { Io } from "./io.ts";

/**
 * Carries out what the agent must not wait for itself, as told by lines on standard input.
 * @param args the folder that is the guest's "/", or nothing
 */
export async function workOutside(args: readonly string[], io: Io): Promise<number> {
  openSyslog("guestwire");
  const reactor = new Reactor({
    onError(error) {
      io.stderr(`${error}\n`);
      reactor.stop();
    },
  });
  standIn(reactor, args[0] ?? "");
  await reactor.run();
  return exitCode.done;
}
