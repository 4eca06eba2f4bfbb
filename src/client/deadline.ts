/** Long enough for what waits to be read to be read. */
const turnMs = 1;

/**
 * Does something after a time, unless it is disposed of before. What has come meanwhile is seen first: this process may
 * have been too busy to look, which is nobody else's being late.
 */
export class Alarm implements Disposable {
  #timer: ReturnType<typeof setTimeout>;

  constructor(ms: number, act: () => void) {
    this.#timer = setTimeout(() => {
      this.#timer = setTimeout(act, turnMs);
    }, ms);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }
}

/**
 * Does something under a signal that is aborted after a time, or with the caller's own signal. The timer ends with what
 * is done: one for each of many short exchanges would otherwise wait on.
 *
 * @throws what `work` throws; the reason of `signal` when that is why it was broken off
 */
export async function underDeadline<T>(
  timeoutMs: number,
  signal: AbortSignal | undefined,
  work: (deadline: AbortSignal) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  const late = new AbortController();
  const giveUp = () => late.abort();
  using _ = new Alarm(timeoutMs, giveUp);
  signal?.addEventListener("abort", giveUp);
  try {
    return await work(late.signal);
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener("abort", giveUp);
  }
}
