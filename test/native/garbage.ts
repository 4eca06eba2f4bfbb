/** Allocates and drops memory of all sizes, then has the collector run. Whatever was freed is likely reused. */
export function makeGarbage(): void {
  for (let size = 1; size < 1 << 14; size *= 2) {
    for (let index = 0; index < 50; index++) new Uint8Array(size).fill(0xee);
  }
  Bun.gc(true);
}
