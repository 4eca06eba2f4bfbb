/** A counter's growth a second, times `unit`; null where it is not known, or began anew or wrapped in between. */
export function perSecond(
  before: bigint | undefined,
  now: bigint | undefined,
  elapsedMs: number,
  unit = 1,
): number | null {
  const growth = growthOf(before, now);
  if (growth === null || !(elapsedMs > 0)) return null;
  const rate = (growth * unit * 1000) / elapsedMs;
  // An agent may tell any number.
  return Number.isFinite(rate) ? rate : null;
}

/** The share of a time in which milliseconds of it were counted, in percent. */
export function busyPercent(
  before: bigint | undefined,
  now: bigint | undefined,
  elapsedMs: number,
): number | null {
  const growth = growthOf(before, now);
  return growth === null || !(elapsedMs > 0) ? null : percentOf(growth, elapsedMs);
}

export function percentOf(part: number, whole: number): number {
  return whole > 0 && Number.isFinite(whole) ? Math.min(100, Math.max(0, (part / whole) * 100)) : 0;
}

/**
 * One that is smaller than before began anew with its device or wrapped. Which of the two cannot be told, and a wrong
 * guess would be a peak that never was.
 */
function growthOf(before: bigint | undefined, now: bigint | undefined): number | null {
  if (before === undefined || now === undefined || now < before) return null;
  return Number(now - before);
}

/** The things of two samples by their names. One that is told twice under one name has no figures of its own. */
export function pairs<Item>(
  before: readonly Item[],
  now: readonly Item[],
  nameOf: (item: Item) => string,
): [now: Item, before: Item | undefined][] {
  const byName = new Map<string, Item | undefined>();
  for (const item of before) byName.set(nameOf(item), byName.has(nameOf(item)) ? undefined : item);
  return now.map((item) => [item, byName.get(nameOf(item))]);
}
