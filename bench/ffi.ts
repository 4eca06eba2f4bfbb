/** What a call into libc costs, by what it does: the floor under every request. */
import { monotonicMs } from "../native/clock.ts";
import { Fd, WOULD_BLOCK } from "../native/fd.ts";
import { EPOLLIN, poll } from "../native/reactor.ts";
import { socketPair } from "../native/socket.ts";
import { type Budget, expectSame, measure, type Task } from "./measure.ts";

const callCount = 1000;

export async function benchFfi(budget: Budget): Promise<void> {
  const [left, right] = socketPair();
  using nullDevice = Fd.open("/dev/null", 1);
  try {
    left.setNonblocking(true);
    const bytes = new Uint8Array(64);
    const memory = new Uint8Array(64 * 1024);
    const calls: readonly [string, number, () => number][] = [
      ["clock_gettime(2), no system call", 1, () => Number(monotonicMs() > 0)],
      ["read(2) of a socket with nothing", WOULD_BLOCK, () => left.tryRead(memory)],
      ["write(2) of 64 bytes to /dev/null", bytes.length, () => nullDevice.tryWrite(bytes)],
      ["poll(2) of a quiet socket", 0, () => poll(left, EPOLLIN, 0)],
      [
        "64 bytes over a socket pair",
        bytes.length,
        () => {
          right.tryWrite(bytes);
          return left.tryRead(memory);
        },
      ],
    ];
    await measure("Calls into libc", calls.map(task), budget);
  } finally {
    left.close();
    right.close();
  }
}

function task([name, expected, call]: readonly [string, number, () => number]): Task {
  expectSame(name, call(), expected);
  return {
    name,
    operations: callCount,
    run: () => {
      for (let count = 0; count < callCount; count++) call();
    },
  };
}
