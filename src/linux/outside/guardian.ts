import { monotonicMs } from "../../../native/clock.ts";
import { SysError } from "../../../native/errno.ts";
import { Fd } from "../../../native/fd.ts";
import { fileStatusIfThere } from "../../../native/file-status.ts";
import { unlink } from "../../../native/files.ts";
import type { Reactor, Timer } from "../../../native/reactor.ts";
import { OpenFlag, Syslog } from "../../../native/structs.ts";
import { syslog } from "../../../native/syslog.ts";
import { elapsedSeconds, leaveNote } from "../freeze-lease.ts";
import { runProgram } from "../program.ts";
import { whyDistrusted } from "../program-trust.ts";
import type { LeaseTerms } from "./lease.ts";
import type { Workbench } from "./workbench.ts";

/** An agent that is there ends the lease itself, and is left so long for it. */
export const guardianPatienceMs = 2_000;

/** How often a guardian without an agent looks whether somebody else has thawed. */
const lookMs = 1_000;

/**
 * Ends a lease where the agent does not: because it is gone, or stopped. It goes by the very file that marks the freeze,
 * held open so that no other one can be taken for it: without it somebody has thawed, and what is frozen now is theirs.
 */
export class Guardian {
  readonly #reactor: Reactor;
  #bench: Workbench | null = null;
  #terms: LeaseTerms | null = null;
  #mark: Fd | null = null;
  #timer: Timer | null = null;
  #isAlone = false;

  constructor(reactor: Reactor) {
    this.#reactor = reactor;
  }

  /** @throws SysError when the mark is not there */
  take(terms: LeaseTerms, bench: Workbench): void {
    this.#mark = Fd.open(terms.markPath, OpenFlag.O_RDONLY | OpenFlag.O_NOFOLLOW);
    this.#terms = terms;
    this.#bench = bench;
    this.#setTimer();
  }

  dismiss(): void {
    this.#timer?.cancel();
    this.#terms = null;
  }

  /** The agent is gone. */
  alone(): void {
    this.#isAlone = true;
    if (this.#terms === null) return this.#reactor.stop();
    this.#look();
  }

  /** Asked to end, by whoever shuts the guest down. */
  terminate(): void {
    if (this.#isAlone && this.#terms !== null) this.#thaw(this.#terms);
  }

  #setTimer(): void {
    this.#timer?.cancel();
    const { untilMs } = this.#terms as LeaseTerms;
    const leftMs = Math.max(0, untilMs + guardianPatienceMs - monotonicMs());
    const waitMs = this.#isAlone ? Math.min(lookMs, leftMs) : leftMs;
    this.#timer = this.#reactor.timer(waitMs, () => this.#look());
  }

  #look(): void {
    const terms = this.#terms;
    if (terms === null) return;
    if (!this.#isMarked(terms)) this.#end();
    else if (monotonicMs() >= terms.untilMs + guardianPatienceMs) this.#thaw(terms);
    else this.#setTimer();
  }

  #isMarked({ markPath }: LeaseTerms): boolean {
    const mark = (this.#mark as Fd).stat();
    const found = fileStatusIfThere(markPath, "keep");
    return found !== null && found.ino === mark.ino && found.dev === mark.dev;
  }

  #thaw(terms: LeaseTerms): void {
    const isOurs = this.#isMarked(terms);
    this.dismiss();
    if (!isOurs) return this.#end();
    const count = (this.#bench as Workbench).thawEverything();
    if (this.#isAlone) {
      attempt(() => leaveNote(terms.notePath, elapsedSeconds(terms, monotonicMs())));
    }
    attempt(() => unlink(terms.markPath));
    const text = `freeze lease of ${terms.seconds} s: thawed ${count} file systems, the agent being gone or stopped`;
    syslog(Syslog.LOG_WARNING, text);
    void this.#runHook(terms).then(() => this.#end());
    this.#reactor.wantTurn();
  }

  async #runHook({ hook }: LeaseTerms): Promise<void> {
    // An agent that is merely stopped does so when it goes on.
    if (hook === null || !this.#isAlone) return;
    const { path, deadlineMs } = hook;
    const reason = whyDistrusted(path);
    if (reason !== null) {
      syslog(Syslog.LOG_WARNING, `refusing to execute fsfreeze hook '${path}': ${reason}`);
      return;
    }
    try {
      await runProgram(this.#reactor, { argv: [path, "thaw"], deadlineMs, atDeadline: "kill" });
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      syslog(Syslog.LOG_WARNING, `fsfreeze hook failed with arg 'thaw': ${error.message}`);
    }
  }

  #end(): void {
    this.dismiss();
    if (this.#isAlone) this.#reactor.stop();
  }
}

function attempt(act: () => void): void {
  try {
    act();
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    syslog(Syslog.LOG_WARNING, error.message);
  }
}
