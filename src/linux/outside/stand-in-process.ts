import { SysError } from "../../../native/errno.ts";
import { type Fd, WOULD_BLOCK } from "../../../native/fd.ts";
import { type ChildStatus, EPOLLIN, type Reactor } from "../../../native/reactor.ts";
import { pipe, spawn } from "../../../native/spawn.ts";
import { outsideSubcommand } from "../errands.ts";
import type { Deadline } from "./deadline.ts";
import { formatWords, LineReader, type Words } from "./orders.ts";
import { Gone, Overdue, Trouble } from "./trouble.ts";

const pieceBytesMax = 4096;

/** How a stand-in is started. */
export interface StandInOptions {
  /** This program, as `thisProgram`. */
  readonly program: readonly string[];
  /** What stands before the paths of the guest. */
  readonly root: string;
}

interface Question {
  answer(words: Words): void;
  fail(trouble: Gone): void;
}

/**
 * A process that waits for the kernel in the agent's stead, seen from the agent. It is given one order at a time. One
 * that does not answer in time is left alone from then on: no signal ends a wait inside the kernel, and killed it could
 * not undo what it is at.
 */
export class StandInProcess {
  readonly #orders: Fd;
  readonly #answers: Fd;
  readonly #lines = new LineReader();
  readonly #reactor: Reactor;
  readonly #whenReaped: (() => void)[] = [];
  #question: Question | null = null;
  #end: ChildStatus | null = null;
  #isLost = false;

  /** @throws SysError when it cannot be started */
  private constructor(reactor: Reactor, { program, root }: StandInOptions) {
    this.#reactor = reactor;
    const [ordersEnd, orders] = pipe();
    const [answers, answersEnd] = pipe();
    const [path = ""] = program;
    try {
      const { pid } = spawn({
        path,
        argv: [...program, outsideSubcommand, root],
        stdio: [ordersEnd, answersEnd, "null"],
        newSession: true,
      });
      reactor.child(pid, (status) => this.#reaped(status));
    } catch (error) {
      orders.close();
      answers.close();
      throw error;
    } finally {
      ordersEnd.close();
      answersEnd.close();
    }
    this.#orders = orders;
    this.#answers = answers;
    orders.setNonblocking(true);
    answers.setNonblocking(true);
    reactor.watch(answers, EPOLLIN, () => this.#hear());
  }

  /**
   * Starts one, and waits until it needs nothing more from any disk.
   * @throws SysError when it cannot be started; Overdue; Gone
   */
  static async start(
    reactor: Reactor,
    options: StandInOptions,
    deadline: Deadline,
  ): Promise<StandInProcess> {
    const started = new StandInProcess(reactor, options);
    try {
      await started.#answerTo(null, deadline);
    } catch (error) {
      started.#leave();
      throw error;
    }
    return started;
  }

  /** Whether it can be given an order. */
  get isFree(): boolean {
    return !this.#isLost && this.#question === null;
  }

  /** Gives an order and waits for the answer. @throws Overdue, after which it is free no more; Gone; SysError as told */
  async ask(order: Words, deadline: Deadline): Promise<Words> {
    const answer = await this.#answerTo(order, deadline);
    const [word, step = "", errno] = answer;
    if (word === "failed") throw new SysError(step, Number(errno), "file system");
    return answer;
  }

  /**
   * Has it let go of what it holds and end, at once or when it comes to it.
   * @param last an order to be carried out before that
   */
  async dismiss(deadline: Deadline, last: Words | null = null): Promise<void> {
    if (this.#answers.closed) return;
    if (last !== null) this.#say(last);
    try {
      if (this.isFree) await this.#answerTo(["done"], deadline);
      else this.#say(["done"]);
    } catch (error) {
      if (!(error instanceof Trouble)) throw error;
    }
    this.#leave();
  }

  /** Calls `on` when it has ended, be it by now. */
  whenReaped(on: () => void): void {
    if (this.#end === null) this.#whenReaped.push(on);
    else on();
  }

  #answerTo(order: Words | null, deadline: Deadline): Promise<Words> {
    return this.#reactor.promise((resolve, reject) => {
      if (!this.isFree) return reject(new Gone(this.#end));
      const timer = this.#reactor.timer(deadline.leftMs, () => {
        this.#question = null;
        this.#isLost = true;
        reject(new Overdue(deadline.seconds));
      });
      const settle = (): void => {
        timer.cancel();
        this.#question = null;
      };
      this.#question = {
        answer(words) {
          settle();
          resolve(words);
        },
        fail(trouble) {
          settle();
          reject(trouble);
        },
      };
      if (order !== null) this.#say(order);
    });
  }

  /** Orders are short, and there are never more of them than the pipe has room for. */
  #say(words: Words): void {
    if (this.#orders.closed) return;
    try {
      this.#orders.writeAll(formatWords(words));
    } catch (error) {
      // It has ended, which its answers' end tells.
      if (!(error instanceof SysError)) throw error;
    }
  }

  /** Whether there was something to be read. */
  #hear(): boolean {
    const piece = new Uint8Array(pieceBytesMax);
    const count = this.#answers.tryRead(piece);
    if (count === WOULD_BLOCK) return false;
    if (count === 0) {
      // How it ended is known when it is reaped.
      this.#isLost = true;
      this.#answers.close();
      return false;
    }
    // What comes too late is no answer to anything.
    for (const words of this.#lines.take(piece.subarray(0, count))) this.#question?.answer(words);
    return true;
  }

  #leave(): void {
    this.#isLost = true;
    if (!this.#orders.closed) this.#orders.close();
    if (!this.#answers.closed) this.#answers.close();
    this.#question?.fail(new Gone(this.#end));
  }

  #reaped(status: ChildStatus): void {
    this.#end = status;
    for (const on of this.#whenReaped.splice(0)) on();
    // What it has said before is still there to be read.
    while (this.#question !== null && !this.#answers.closed && this.#hear());
    this.#leave();
  }
}
