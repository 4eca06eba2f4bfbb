const usPerMs = 1000n;

/** Microseconds since 1970 as RFC 3339 has it, in UTC: `2026-11-26T02:11:07.123456Z`. */
export function timestamp(epochUs: bigint): string {
  const iso = new Date(Number(epochUs / usPerMs)).toISOString();
  return `${iso.slice(0, -1)}${String(epochUs % usPerMs).padStart(3, "0")}Z`;
}
