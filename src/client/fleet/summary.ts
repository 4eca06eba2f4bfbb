import { type Outcome, type Status, statuses } from "./outcome.ts";

/** Such as `200 targets: 195 ok, 3 absent, 2 failed`. */
export function summaryOf(outcomes: readonly Outcome[]): string {
  const counts = new Map<Status, number>();
  for (const { status } of outcomes) counts.set(status, (counts.get(status) ?? 0) + 1);
  const told = statuses.flatMap((status) => {
    const count = counts.get(status);
    return count === undefined ? [] : [`${count} ${status}`];
  });
  const targets = outcomes.length === 1 ? "1 target" : `${outcomes.length} targets`;
  return `${targets}: ${told.join(", ")}`;
}
