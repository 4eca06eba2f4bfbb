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
  const timer = setTimeout(giveUp, timeoutMs);
  signal?.addEventListener("abort", giveUp);
  try {
    return await work(late.signal);
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", giveUp);
  }
}
