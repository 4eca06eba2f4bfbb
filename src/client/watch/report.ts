import type { Watched } from "./watcher.ts";

/** What programs get of a sample: rates are a second, shares in percent, null is what is not known. */
export function reportOf(target: string, watched: Watched) {
  const { standing, figures, elapsedMs } = watched;
  const head = {
    time: new Date(watched.timeMs).toISOString(),
    target,
    agent: standing.kind,
  };
  if (standing.kind !== "answers" || figures === null) {
    return { ...head, ...("why" in standing && { why: standing.why }) };
  }
  return {
    ...head,
    tookMs: Math.round(standing.tookMs),
    elapsedMs: elapsedMs === null ? null : Math.round(elapsedMs),
    ...(rounded(figures) as typeof figures),
    refusals: watched.refusals,
  };
}

/** Two digits behind the point are more than is known. */
function rounded(value: unknown): unknown {
  if (typeof value === "number") return Math.round(value * 100) / 100;
  if (Array.isArray(value)) return value.map(rounded);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, rounded(inner)]));
}
