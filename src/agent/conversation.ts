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
import { Backlog, type Unfinished, type Waiting } from "./backlog.ts";
import type { Dispatcher, LateReply } from "./dispatcher.ts";
import { isResync } from "./resync.ts";
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
  /** A command is under way that others wait for, or whose reply nobody wants any more: it may end early. */
  pressed?(): void;
  /** Replies were lost: the host left or hung up before it had read them. */
  unread(byteCount: number): void;
  /** What comes is noise; from now on it is counted instead of answered. */
  flooded(): void;
}

/** Where long bytes of replies lie. It is told when they are needed no more. */
export interface ReplyMemory extends HeldBuffer {
  putBack(bytes: Uint8Array): void;
}

/**
 * The talk with hosts over one line after the other: bytes in, requests to the dispatcher, replies out. What a client
 * left half-said stays in the inbox and precedes what the next one says, which is why clients begin with 0xFF. What it
 * did not read is dropped when it is seen to leave. While a command waits for something, what comes is received on, so
 * that 0xFF and a sync are answered whatever is under way.
 */
export class Conversation {
  readonly #reactor: Reactor;
  readonly #dispatcher: Dispatcher;
  readonly #events: ConversationEvents;
  readonly #inbox: Inbox;
  readonly #replies: ReplyBuffer;
  /** Takes the replies nobody waits for any more. */
  readonly #unwanted: ReplyBuffer;
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
  /** The client has closed its end, and waits for nothing. */
  #isClientGone = false;
  readonly #backlog: Backlog;
  /** What the device was lost by, until that is told. */
  #loss: SysError | null = null;
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
    this.#backlog = new Backlog(() => events.pressed?.());
    this.#inbox = new Inbox(new Noise(() => events.flooded()));
    this.#replies = new ReplyBuffer((bytes) => replyMemory.putBack(bytes));
    this.#unwanted = new ReplyBuffer((bytes) => replyMemory.putBack(bytes));
    this.#tidying = new Tidying(reactor, [this.#inbox, this.#replies, replyMemory]);
  }

  /** Takes up a line. There is one at a time. */
  attach(line: Line): void {
    this.#line = line;
    this.#inbox.noise.forget();
    this.#hungUp = false;
    this.#isHostAway = false;
    this.#inputOver = false;
    this.#isClientGone = false;
    this.#interest = line.trigger === "edge" ? EPOLLIN | EPOLLOUT | EPOLLET : EPOLLIN;
    this.#watch = this.#reactor.watch(line.fd, this.#interest, (events) => this.#woken(events));
  }

  /** Ends the talk and closes the line, if there is one. */
  close(): void {
    const line = this.#line;
    if (line === null) return;
    this.#dropReplies();
    this.#backlog.disown();
    this.#watch?.close();
    this.#watch = null;
    this.#line = null;
    line.fd.close();
  }

  #woken(events: number): void {
    const line = this.#line as Line;
    const hasHungUp = (events & EPOLLHUP) !== 0;
    if (line.atEnd === "stay") this.#noteHost(hasHungUp);
    else if (hasHungUp) this.#isClientGone = true;
    if ((events & (EPOLLOUT | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) !== 0) this.#send();
    // Nobody will read what a full queue holds back, and behind it requests and the end of the stream wait.
    if ((events & (EPOLLHUP | EPOLLERR)) !== 0 && this.#isFull) this.#dropReplies();
    this.#proceed(line);
  }

  #proceed(line: Line): void {
    this.#turnEndsMs = monotonicMs() + turnMsMax;
    if (!this.#inputOver) this.#receive(line);
    else this.#finishOff();
    if (this.#line === line) this.#updateInterest(line);
  }

  /** Lets others have their turn, and goes on after it. */
  #rest(): void {
    this.#isResting = true;
    this.#reactor.soon(() => {
      this.#isResting = false;
      this.#goOn();
    });
  }

  #goOn(): void {
    if (this.#line !== null) return this.#proceed(this.#line);
    this.#turnEndsMs = monotonicMs() + turnMsMax;
    this.#answer();
    this.#tellLoss();
  }

  get #isTurnOver(): boolean {
    this.#untimed = 0;
    return monotonicMs() >= this.#turnEndsMs;
  }

  /** Nothing more is to be received now. */
  get #isHeldUp(): boolean {
    return this.#isResting || this.#isBackedUp;
  }

  /** As much waits behind a command as may. */
  get #isBackedUp(): boolean {
    return this.#backlog.isBusy && this.#backlog.isFull;
  }

  /**
   * What waits when a host leaves was meant for it. What comes up while nobody is there is meant for the next one: on a
   * virtio port a new host's first request can be read before the kernel lets the reply through.
   */
  #noteHost(isAway: boolean): void {
    if (isAway && !this.#isHostAway) {
      this.#dropReplies();
      this.#backlog.disown();
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
    while (!this.#isFull && !this.#isHeldUp && this.#step()) {
      if (this.#isFull) this.#send();
      this.#untimed++;
      const isTimely = this.#untimed >= requestsUntimedMax;
      if (isTimely && !this.#isHeldUp && this.#isTurnOver) this.#rest();
    }
    this.#send();
  }

  /** Answers one thing, or keeps it for later. False: there is nothing. */
  #step(): boolean {
    const backlog = this.#backlog;
    if (!backlog.isBusy) {
      const waiting = backlog.shift();
      if (waiting === undefined) return this.#takeUp();
      this.#takeUpLate(waiting);
      return true;
    }
    return this.#lookAhead();
  }

  #takeUp(): boolean {
    // What a client that has left did not say to the end is for the next one.
    if (this.#line === null) return false;
    const event = this.#inbox.next();
    if (event === NEED_MORE) return false;
    const { fault, noise, text } = this.#inbox;
    if (event === FAULT) noise.fault(fault, this.#replies);
    else {
      const reply = this.#dispatcher.handle(text, this.#replies, noise, this.#beforeActing);
      if (reply !== null) this.#await(reply, this.#backlog.begin(this.#inbox.giveAway()));
    }
    return true;
  }

  /** The turn of what came while another command waited. */
  #takeUpLate(waiting: Waiting): void {
    const out = waiting.isWanted ? this.#replies : this.#unwanted;
    if (waiting.kind === "error") out.writeError(waiting.errorClass, waiting.desc, undefined);
    else {
      const { text, isWanted } = waiting;
      const reply = this.#dispatcher.handle(text, out, this.#inbox.noise, this.#beforeActing);
      if (reply !== null) {
        const unfinished = this.#backlog.begin(text.buffer as ArrayBuffer);
        unfinished.isWanted = isWanted;
        this.#await(reply, unfinished);
      }
    }
    this.#dropUnwanted();
  }

  /** A command waits: what comes meanwhile is kept, but for a sync of a host that has given up on all before it. */
  #lookAhead(): boolean {
    if (this.#line === null) return false;
    const backlog = this.#backlog;
    const event = this.#inbox.nextPastSync();
    if (this.#inbox.passedSync) backlog.disown();
    if (event === NEED_MORE) return false;
    const { fault, noise, text } = this.#inbox;
    const isAnew = backlog.isAnew;
    if (event === FAULT) noise.fault(fault, isAnew ? this.#replies : backlog);
    else if (isAnew && isResync(text)) {
      this.#dispatcher.handle(text, this.#replies, noise, this.#beforeActing);
    } else {
      noise.object(backlog);
      backlog.push(text);
    }
    return true;
  }

  #await(reply: Promise<LateReply>, unfinished: Unfinished): void {
    this.#reactor.wantTurn();
    void reply.then((write) => this.#reactor.soon(() => this.#finish(unfinished, write)));
  }

  #finish({ isWanted, memory }: Unfinished, write: LateReply): void {
    this.#backlog.end();
    try {
      write(isWanted ? this.#replies : this.#unwanted);
    } finally {
      this.#dropUnwanted();
      // Given back now, not when the collector comes by.
      memory.transfer(0);
      this.#goOn();
    }
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
    this.#finishOff();
  }

  /** Answers what is left, to a client that says nothing more. One that has left does not keep the next one waiting. */
  #finishOff(): void {
    this.#answer();
    const isAllSaid = this.#replies.pendingBytes === 0 && this.#backlog.isIdle;
    if (isAllSaid || (this.#isClientGone && this.#backlog.isBusy)) this.#over();
  }

  #over(): void {
    this.close();
    this.#events.closed();
  }

  #fail(line: Line, error: SysError): void {
    this.close();
    if (line.atError === "close") return this.#events.closed();
    this.#loss = error;
    this.#tellLoss();
  }

  /** The agent may end with its device, but not in the middle of what it was told to do. */
  #tellLoss(): void {
    const loss = this.#loss;
    if (loss === null || !this.#backlog.isIdle) return;
    this.#loss = null;
    this.#events.broken(loss);
  }

  #dropReplies(): void {
    const lost = this.#replies.pendingBytes;
    if (lost === 0) return;
    this.#replies.clear();
    this.#tidying.note(lost);
    this.#events.unread(lost);
  }

  #dropUnwanted(): void {
    const lost = this.#unwanted.pendingBytes;
    if (lost === 0) return;
    this.#unwanted.clear();
    this.#events.unread(lost);
  }

  /** A level-triggered line is asked only for what can be used now, or it would never let the agent rest. */
  #updateInterest(line: Line): void {
    if (line.trigger === "edge") return;
    const isReading = !this.#isFull && !this.#inputOver && !this.#isBackedUp;
    const sending = this.#replies.pendingBytes > 0 ? EPOLLOUT : 0;
    // A vsock client that leaves while requests of its are unread makes neither EPOLLHUP nor EPOLLOUT, only EPOLLRDHUP,
    // as one does that half-closes: a write tells them apart. By edges, since a half-closed line says it for ever.
    const interest = isReading ? EPOLLIN | sending : sending | EPOLLRDHUP | EPOLLET;
    if (interest === this.#interest) return;
    this.#interest = interest;
    this.#watch?.modify(interest);
  }
}
