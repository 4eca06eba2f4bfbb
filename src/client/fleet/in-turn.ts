/** How many guests are asked at a time: an agent answers in a millisecond, and virsh and ssh are a process each. */
export const parallelDefault = 32;

/** Each takes up to five descriptors, and processes a thousand of them. */
export const parallelMax = 1_000;

/**
 * Does `work` for each of them, so many at a time, and gives the results in their order. Where one throws, no other is
 * begun, and all that are under way are waited for.
 *
 * @param onThrow is told of the first error at once, to break off the others
 * @throws the first error
 */
export async function inParallel<Item, Result>(
  items: readonly Item[],
  atOnceMax: number,
  work: (item: Item, index: number) => Promise<Result>,
  onThrow: (error: unknown) => void,
): Promise<Result[]> {
  const results: Result[] = [];
  let next = 0;
  let failure: { readonly error: unknown } | null = null;
  const worker = async () => {
    while (next < items.length && failure === null) {
      const index = next++;
      try {
        results[index] = await work(items[index] as Item, index);
      } catch (error) {
        if (failure !== null) return;
        failure = { error };
        onThrow(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnceMax, items.length) }, worker));
  if (failure !== null) throw (failure as { readonly error: unknown }).error;
  return results;
}
