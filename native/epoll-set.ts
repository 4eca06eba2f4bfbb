/**
 * epoll(7) with callbacks. Knows descriptors by number and is used by the reactor only.
 */
import { check, Errno, errnoNow, SysError } from "./errno.ts";
import type { Fd } from "./fd.ts";
import { libc } from "./libc.ts";
import { rawFd, wrapFd } from "./raw-fd.ts";
import { Epoll, EpollEvent } from "./structs.ts";
import { UseAfterClose } from "./use-after-close.ts";

/** Given by {@link EpollSet.wait} when a signal ended the wait. */
export const INTERRUPTED = -1;

/** Events taken per wait; what is left comes with the next one. */
const eventsMax = 64;

const wordBytes = 4;
const eventWords = EpollEvent.sizeBytes / wordBytes;
const eventsWord = EpollEvent.offsetOf("events") / wordBytes;
const slotWord = EpollEvent.offsetOf("data") / wordBytes;
const generationWord = slotWord + 1;

/** A descriptor in the set. */
export class Member {
  readonly number: number;
  readonly subject: string;
  readonly on: (events: number) => void;
  /** Where the set keeps it, and which of the members that were ever kept there it is. */
  readonly slot: number;
  readonly generation: number;

  constructor(
    number: number,
    subject: string,
    on: (events: number) => void,
    slot: number,
    generation: number,
  ) {
    this.number = number;
    this.subject = subject;
    this.on = on;
    this.slot = slot;
    this.generation = generation;
  }
}

/** The numbers of the sets that are open. */
const openSets = new Set<number>();

export class EpollSet {
  readonly #fd: Fd;
  readonly #onError: (error: unknown) => void;
  readonly #events = new Uint32Array(eventWords * eventsMax);
  readonly #request = new Uint32Array(eventWords);
  readonly #slots: (Member | null)[] = [];
  readonly #freeSlots: number[] = [];
  #generation = 0;

  /** @param onError gets what a callback threw. */
  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
    const subject = "epoll set";
    const number = check("create", libc().epoll_create1(Epoll.EPOLL_CLOEXEC), subject);
    this.#fd = wrapFd(number, subject);
    openSets.add(number);
  }

  /** Whether a number is that of a set of ours. */
  static isOne(number: number): boolean {
    return openSets.has(number);
  }

  /** epoll_ctl(2) EPOLL_CTL_ADD. @throws SysError EEXIST, or EPERM for what is always ready (regular files). */
  add(number: number, subject: string, events: number, on: (events: number) => void): Member {
    const slot = this.#freeSlots.pop() ?? this.#slots.push(null) - 1;
    this.#generation = (this.#generation + 1) >>> 0;
    const member = new Member(number, subject, on, slot, this.#generation);
    try {
      this.#control(Epoll.EPOLL_CTL_ADD, member, events);
    } catch (error) {
      this.#freeSlots.push(slot);
      throw error;
    }
    this.#slots[slot] = member;
    return member;
  }

  modify(member: Member, events: number): void {
    if (!this.has(member)) throw new UseAfterClose(`watch on ${member.subject}`);
    this.#control(Epoll.EPOLL_CTL_MOD, member, events);
  }

  /**
   * Its callback is not called afterwards, not even for an event that the current wait has taken already.
   * Does nothing for one that is not (any more) in the set.
   */
  remove(member: Member): void {
    if (!this.has(member)) return;
    this.#control(Epoll.EPOLL_CTL_DEL, member, 0);
    this.#slots[member.slot] = null;
    this.#freeSlots.push(member.slot);
  }

  has(member: Member): boolean {
    return this.#slots[member.slot] === member;
  }

  /**
   * epoll_wait(2), then the callbacks of what is ready.
   *
   * @param timeoutMs -1 for ever, 0 not at all.
   * @returns the number of events, or INTERRUPTED.
   */
  wait(timeoutMs: number): number {
    const events = this.#events;
    const count = libc().epoll_wait(rawFd(this.#fd), events, eventsMax, timeoutMs);
    if (count === -1) {
      const errno = errnoNow();
      if (errno === Errno.EINTR) return INTERRUPTED;
      throw new SysError("wait on", errno, this.#fd.subject);
    }
    for (let index = 0, at = 0; index < count; index++, at += eventWords) {
      const member = this.#slots[events[at + slotWord] as number] ?? null;
      // An earlier callback of this round may have removed it, and its number and slot may be in use again.
      if (member === null || member.generation !== events[at + generationWord]) continue;
      try {
        member.on(events[at + eventsWord] as number);
      } catch (error) {
        this.#onError(error);
      }
    }
    return count;
  }

  /** Closes the set and forgets its members; their descriptors stay open. */
  close(): void {
    this.#slots.length = 0;
    openSets.delete(rawFd(this.#fd));
    this.#fd.close();
  }

  #control(operation: number, member: Member, events: number): void {
    const request = this.#request;
    request[eventsWord] = events;
    request[slotWord] = member.slot;
    request[generationWord] = member.generation;
    check(
      "watch",
      libc().epoll_ctl(rawFd(this.#fd), operation, member.number, request),
      member.subject,
    );
  }
}
