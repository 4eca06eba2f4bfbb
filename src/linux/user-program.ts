import { accountOf } from "../../native/accounts.ts";
import { SysError } from "../../native/errno.ts";
import { becomeUser, type Execution, execute } from "../../native/execute.ts";
import { Fd, WOULD_BLOCK } from "../../native/fd.ts";
import { change } from "../../native/path-change.ts";
import { changeDirectory } from "../../native/process.ts";
import { EPOLLIN, EPOLLOUT, type Reactor } from "../../native/reactor.ts";
import { shutdownWrite } from "../../native/socket.ts";
import { OpenFlag } from "../../native/structs.ts";

/**
 * A program of another user. posix_spawn(3) cannot change users, and nothing may be asked of a directory service here: so
 * another process of this program reads the order from a socket, looks the user up, becomes it and then the program. The
 * program's environment travels in the order: in that of the helper it would rule what root runs.
 */
export interface UserProgram extends Execution {
  readonly user: string;
  /** As the user sees it; absent: where the agent is. */
  readonly cwd?: string | undefined;
  /** Its controlling one, which is to be the user's. */
  readonly terminal?: string | undefined;
  /** Set where the environment is the agent's. */
  readonly variables: Readonly<Record<string, string>>;
}

/** Where the helper finds the socket. */
export const orderNumber = 3;

/** An answer is one line and maybe a failure. */
const answerBytesMax = 64 * 1024;

/** Said just before it becomes the program, so that an end without a word is none. */
const ready = "ready\n";

interface Failure {
  readonly op: string;
  readonly errno: number;
  readonly subject: string;
}

/** In the helper: carries the order out, or says why it cannot. Returns only then. */
export function carryOut(socket: Fd): void {
  socket.setNonblocking(false);
  const order = JSON.parse(readAll(socket)) as UserProgram;
  try {
    const account = accountOf(order.user);
    if (order.terminal !== undefined) {
      using terminal = Fd.open(order.terminal, OpenFlag.O_PATH);
      change.owner(terminal, account.uid, undefined);
    }
    becomeUser(account);
    if (order.cwd !== undefined) changeDirectory(order.cwd);
    const { name, home } = account;
    Object.assign(process.env, { HOME: home, USER: name, LOGNAME: name, ...order.variables });
    socket.writeAll(Buffer.from(ready));
    execute(order);
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    const { op, errno, subject } = error;
    socket.writeAll(Buffer.from(JSON.stringify({ op, errno, subject } satisfies Failure)));
  }
}

function readAll(fd: Fd): string {
  const parts: Uint8Array[] = [];
  for (;;) {
    const part = new Uint8Array(answerBytesMax);
    const count = fd.tryRead(part);
    if (count === 0) return Buffer.concat(parts).toString();
    parts.push(part.subarray(0, count));
  }
}

/** The helper's end of the socket has been closed with nothing said. */
export class NoAnswer extends Error {
  override readonly name = "NoAnswer";
}

/**
 * In the agent: hands the order over and waits until the program runs. Closes the socket in the end.
 * @throws SysError why it does not run; NoAnswer (both as rejections)
 */
export function handOver(
  reactor: Reactor,
  socket: Fd,
  order: UserProgram,
  deadlineMs: number,
): Promise<void> {
  return reactor.promise((resolve, reject) => {
    let rest: Uint8Array = Buffer.from(JSON.stringify(order));
    let answer = "";
    const settle = (act: () => void): void => {
      deadline.cancel();
      socket.close();
      act();
    };
    const send = (): void => {
      while (rest.length > 0) {
        const count = socket.tryWrite(rest);
        if (count === WOULD_BLOCK) return;
        rest = rest.subarray(count);
      }
      shutdownWrite(socket);
      watch.modify(EPOLLIN);
    };
    const receive = (): void => {
      const part = new Uint8Array(answerBytesMax);
      const count = socket.tryRead(part);
      if (count === WOULD_BLOCK) return;
      if (count > 0) answer += Buffer.from(part.subarray(0, count)).toString();
      else settle(() => told(answer, resolve, reject));
    };
    const watch = reactor.watch(socket, EPOLLIN | EPOLLOUT, (events) => {
      try {
        if ((events & EPOLLOUT) !== 0 && rest.length > 0) send();
        else receive();
      } catch (error) {
        settle(() => reject(error));
      }
    });
    const deadline = reactor.timer(deadlineMs, () =>
      settle(() => reject(new NoAnswer(`no answer within ${deadlineMs / 1000} s`))),
    );
  });
}

function told(answer: string, resolve: () => void, reject: (error: unknown) => void): void {
  if (answer === ready) return resolve();
  const failure = answer.startsWith(ready) ? answer.slice(ready.length) : answer;
  if (failure === "") return reject(new NoAnswer("the helper process ended without a word"));
  const { op, errno, subject } = JSON.parse(failure) as Failure;
  reject(new SysError(op, errno, subject));
}
