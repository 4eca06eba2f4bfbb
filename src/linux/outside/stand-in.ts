import { SysError } from "../../../native/errno.ts";
import { Fd, WOULD_BLOCK } from "../../../native/fd.ts";
import { ignoreSigpipe } from "../../../native/process.ts";
import { EPOLLIN, type Reactor } from "../../../native/reactor.ts";
import { Guardian } from "./guardian.ts";
import { formatWords, LineReader, type Words } from "./orders.ts";
import { Workbench } from "./workbench.ts";

const ordersFd = 0;
const answersFd = 1;
const pieceBytesMax = 4096;

/** Only the agent ends this process, by an order or by its own end: what comes to a whole group is not meant. */
const ignoredSignals = ["SIGINT", "SIGHUP"] as const;

/**
 * The process that waits in the agent's stead: answers each order that comes on standard input. At the end of the input
 * the agent is gone; then a freeze in the middle is undone, and a lease is guarded to its end. Stops the reactor when
 * there is nothing left to do.
 */
export function standIn(reactor: Reactor, root: string): void {
  const orders = Fd.adopt(ordersFd, "orders of the agent");
  const answers = Fd.adopt(answersFd, "answers to the agent");
  const guardian = new Guardian(reactor);
  const bench = new Workbench(root, { leased: (terms) => guardian.take(terms, bench) });
  const lines = new LineReader();
  const piece = new Uint8Array(pieceBytesMax);
  const obey = (words: Words): void => {
    const [order] = words;
    if (order !== "done") return tell(answers, bench.carryOut(words));
    // Answered when nothing is held any more: who thawed may want to unmount.
    bench.clear();
    guardian.dismiss();
    tell(answers, ["done"]);
    reactor.stop();
  };
  const end = (): void => {
    orders.close();
    bench.undoUnconfirmed();
    guardian.alone();
  };
  ignoreSigpipe();
  for (const signal of ignoredSignals) process.on(signal, () => {});
  process.on("SIGTERM", () => guardian.terminate());
  reactor.joinRuntime();
  orders.setNonblocking(true);
  reactor.watch(orders, EPOLLIN, () => {
    const count = orders.tryRead(piece);
    if (count === WOULD_BLOCK) return;
    if (count === 0) end();
    else for (const words of lines.take(piece.subarray(0, count))) obey(words);
  });
  tell(answers, ["ready"]);
}

function tell(answers: Fd, words: Words): void {
  try {
    answers.writeAll(formatWords(words));
  } catch (error) {
    // Nobody is there to hear it, which the end of the orders will say.
    if (!(error instanceof SysError)) throw error;
  }
}
