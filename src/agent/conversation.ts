import { monotonicMs } from "../../native/clock.ts";
import { SysError } from "../../native/errno.ts";
import { WOULD_BLOCK } from "../../native/fd.ts";
import {
  EPOLLERR,
  EPOLLET,
  EPOLLHUP,
  EPOLLIN,
  EPOLLOUT,
  EPOLLRDHUP,
  type Reactor,
  type Watch,
} from "../../native/reactor.ts";
import type { Line } from "../channels/channel.ts";
import { FAULT, Inbox, NEED_MORE } from "../wire/inbox.ts";
import { Noise } from "../wire/noise.ts";
import { ReplyBuffer } from "../wire/reply.ts";
import type { Dispatcher, LateReply } from "./dispatcher.ts";
import { type HeldBuffer, Tidying } from "./tidying.ts";

/** After so long others get their turn: signals, and programs that have ended. A single command may take longer. */
export const turnMsMax = 10;

/** So many quick requests are carried out between two looks at the clock: it costs a quarter of what a ping does. */
const requestsUntimedMax = 16;

/** No further request is taken while more than this waits for a host that does not read. */
export const unsentBytesMax = 1024 * 1024;

export interface ConversationEvents {
  /** The line's fd has been closed. */
  closed(): void;
  /** The device can be read no more; its fd has been closed. */
  broken(error: SysError): void;
  /** Replies were lost: the host left or hung up before it had read them. */
  unread(byteCount: number): void;
  /** What comes is noise; from now on it is counted instead of answered. */
  flooded(): void;
}

/** Where long bytes of replies lie. It is told when they are needed no more. */
export interface ReplyMemory extends HeldBuffer {
  putBack(bytes: Uint8Array): void;
}

/** A command that has to wait for something. Its reply is for the host that asked, and for no later one. */
interface Unfinished {
  isWanted: boolean;
}

/**
 * The talk with hosts over one line after the other: bytes in, requests to the dispatcher, replies out. What a client
 * left half-said stays in the inbox and precedes what the next one says, which is why clients begin with 0xFF. What it
 * did not read is dropped when it is seen to leave.
 */
export class Conversation {
  readonly #reactor: Reactor;
  readonly #dispatcher: Dispatcher;
  readonly #events: ConversationEvents;
  readonly #inbox: Inbox;
  readonly #replies: ReplyBuffer;
  readonly #beforeActing = () => {
    this.#untimed = requestsUntimedMax;
    this.#send();
  };
  readonly #tidying: Tidying;
  #line: Line | null = null;
  #watch: Watch | null = null;
  #interest = 0;
  /** The client takes nothing more; what it asked for before is still carried out. */
  #hungUp = false;
  /** Nobody is at the other end of a line that stays open; what is written waits for whoever comes. */
  #isHostAway = false;
  /** The client has said all it will say, and waits for the rest of its replies. */
  #inputOver = false;
  /** Nothing further is carried out before it is done. */
  #unfinished: Unfinished | null = null;
  /** Others have their turn. */
  #isResting = false;
  #turnEndsMs = 0;
  /** Requests since the clock was looked at; what does more than look is as slow as all of them. */
  #untimed = 0;

  constructor(
    reactor: Reactor,
    dispatcher: Dispatcher,
    replyMemory: ReplyMemory,
    events: ConversationEvents,
  ) {
    this.#reactor = reactor;
    this.#dispatcher = dispatcher;
    this.#events = events;
    this.#inbox = new Inbox(new Noise(() => events.flooded()));
    this.#replies = new ReplyBuffer((bytes) => replyMemory.putBack(bytes));
    this.#tidying = new Tidying(reactor, [this.#inbox, this.#replies, replyMemory]);
  }

  /** Takes up a line. There is one at a time. */
  attach(line: Line): void {
    this.#line = line;
    this.#inbox.noise.forget();
    this.#hungUp = false;
    this.#isHostAway = false;
    this.#inputOver = false;
    this.#interest = line.trigger === "edge" ? EPOLLIN | EPOLLOUT | EPOLLET : EPOLLIN;
    this.#watch = this.#reactor.watch(line.fd, this.#interest, (events) => this.#woken(events));
  }

  /** Ends the talk and closes the line, if there is one. */
  close(): void {
    const line = this.#line;
    if (line === null) return;
    this.#dropReplies();
    this.#forgetUnfinished();
    this.#watch?.close();
    this.#watch = null;
    this.#line = null;
    line.fd.close();
  }

  #woken(events: number): void {
    const line = this.#line as Line;
    if (line.atEnd === "stay") this.#noteHost((events & EPOLLHUP) !== 0);
    if ((events & (EPOLLOUT | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) !== 0) this.#send();
    // Nobody will read what a full queue holds back, and behind it requests and the end of the stream wait.
    if ((events & (EPOLLHUP | EPOLLERR)) !== 0 && this.#isFull) this.#dropReplies();
    this.#proceed(line);
  }

  #proceed(line: Line): void {
    this.#turnEndsMs = monotonicMs() + turnMsMax;
    if (!this.#inputOver) this.#receive(line);
    else if (this.#replies.pendingBytes === 0) this.#over();
    if (this.#line === line) this.#updateInterest(line);
  }

  /** Lets others have their turn, and goes on after it. */
  #rest(): void {
    this.#isResting = true;
    this.#reactor.soon(() => {
      this.#isResting = false;
      if (this.#line !== null) this.#proceed(this.#line);
    });
  }

  get #isTurnOver(): boolean {
    this.#untimed = 0;
    return monotonicMs() >= this.#turnEndsMs;
  }

  /** What was received last has not been answered yet, and is not to be now. */
  get #isHeldUp(): boolean {
    return this.#unfinished !== null || this.#isResting;
  }

  /**
   * What waits when a host leaves was meant for it. What comes up while nobody is there is meant for the next one: on a
   * virtio port a new host's first request can be read before the kernel lets the reply through.
   */
  #noteHost(isAway: boolean): void {
    if (isAway && !this.#isHostAway) {
      this.#dropReplies();
      this.#forgetUnfinished();
      this.#inbox.noise.forget();
    }
    this.#isHostAway = isAway;
  }

  #receive(line: Line): void {
    // Left over from when the queue was full, or from another turn: these came first.
    this.#answer();
    while (this.#line === line && !this.#isHeldUp) {
      if (this.#isFull) {
        if (!this.#isHostAway) return;
        // So much was asked for by a host that has left; the next one asks only after it has come.
        this.#dropReplies();
        this.#answer();
        continue;
      }
      // A port gives at most 4096 bytes a read, and may do so without end.
      if (this.#isTurnOver) return this.#rest();
      const space = this.#inbox.space();
      let count: number;
      try {
        count = line.fd.tryRead(space);
      } catch (error) {
        if (error instanceof SysError) return this.#fail(line, error);
        throw error;
      }
      if (count === WOULD_BLOCK) return;
      if (count === 0) return this.#end(line);
      this.#inbox.received(count);
      this.#tidying.note(count);
      this.#answer();
      // There is hardly more, and the level trigger tells when there is.
      if (line.trigger === "level" && count < space.length) return;
    }
  }

  #answer(): void {
    while (!this.#isFull && !this.#isHeldUp) {
      const event = this.#inbox.next();
      if (event === NEED_MORE) break;
      const { fault, noise, text } = this.#inbox;
      if (event === FAULT) noise.fault(fault, this.#replies);
      else {
        const reply = this.#dispatcher.handle(text, this.#replies, noise, this.#beforeActing);
        if (reply !== null) this.#await(reply);
      }
      if (this.#isFull) this.#send();
      this.#untimed++;
      const isTimely = this.#untimed >= requestsUntimedMax;
      if (isTimely && !this.#isHeldUp && this.#isTurnOver) this.#rest();
    }
    this.#send();
  }

  #await(reply: Promise<LateReply>): void {
    const unfinished: Unfinished = { isWanted: true };
    this.#unfinished = unfinished;
    this.#reactor.wantTurn();
    void reply.then((write) => this.#reactor.soon(() => this.#finish(unfinished, write)));
  }

  #finish({ isWanted }: Unfinished, write: LateReply): void {
    this.#unfinished = null;
    try {
      write(this.#replies);
    } finally {
      if (!isWanted) this.#dropReplies();
      if (this.#line !== null) this.#proceed(this.#line);
    }
  }

  #forgetUnfinished(): void {
    if (this.#unfinished !== null) this.#unfinished.isWanted = false;
  }

  get #isFull(): boolean {
    return this.#replies.pendingBytes > unsentBytesMax;
  }

  #send(): void {
    const line = this.#line;
    if (line === null) return;
    if (this.#hungUp) {
      this.#tidying.note(this.#replies.pendingBytes);
      return this.#replies.clear();
    }
    while (this.#replies.pendingBytes > 0) {
      let count: number;
      try {
        count = line.fd.tryWrite(this.#replies.next());
      } catch (error) {
        if (!(error instanceof SysError)) throw error;
        // EPIPE, ECONNRESET, ENODEV: the read side tells what becomes of the line.
        this.#hungUp = line.atEnd === "close";
        return this.#dropReplies();
      }
      if (count === WOULD_BLOCK) return;
      this.#replies.consumed(count);
      this.#tidying.note(count);
    }
  }

  #end(line: Line): void {
    if (line.atEnd === "stay") return;
    // A client that half-closed still reads; one that has left is told by EPIPE.
    this.#inputOver = true;
    if (this.#replies.pendingBytes === 0) this.#over();
  }

  #over(): void {
    this.close();
    this.#events.closed();
  }

  #fail(line: Line, error: SysError): void {
    this.close();
    if (line.atError === "broken") this.#events.broken(error);
    else this.#events.closed();
  }

  #dropReplies(): void {
    const lost = this.#replies.pendingBytes;
    if (lost === 0) return;
    this.#replies.clear();
    this.#tidying.note(lost);
    this.#events.unread(lost);
  }

  /** A level-triggered line is asked only for what can be used now, or it would never let the agent rest. */
  #updateInterest(line: Line): void {
    if (line.trigger === "edge") return;
    const isReading = !this.#isFull && !this.#inputOver && this.#unfinished === null;
    const sending = this.#replies.pendingBytes > 0 ? EPOLLOUT : 0;
    // A vsock client that leaves while requests of its are unread makes neither EPOLLHUP nor EPOLLOUT, only EPOLLRDHUP,
    // as one does that half-closes: a write tells them apart. By edges, since a half-closed line says it for ever.
    const interest = isReading ? EPOLLIN | sending : sending | EPOLLRDHUP | EPOLLET;
    if (interest === this.#interest) return;
    this.#interest = interest;
    this.#watch?.modify(interest);
  }
}
