/** How lines of the audit log hang together: what writes them and what verifies them agree here. */

/** What the first line of a chain has as the sum of the line before it. */
export const genesis = "0".repeat(64);

/** No line is longer; see `auditedCharsMax`. */
export const auditLineBytesMax = 128 * 1024;

/** Where a chain ends: what the next line has to say. */
export interface ChainEnd {
  /** The number of the last line. */
  readonly seq: number;
  /** Of the last line. */
  readonly sum: string;
}

export const beginning: ChainEnd = { seq: 0, sum: genesis };

/** SHA-256 in hexadecimal digits. */
export function sumOf(bytes: Uint8Array | string): string {
  return new Bun.CryptoHasher("sha256").update(bytes).digest("hex");
}

/** What every line has besides what it tells. */
export interface Link {
  readonly seq: number;
  /** The sum of the line before, without its newline. */
  readonly prev: string;
  /** On the first line after one that was never finished. */
  readonly torn?: Torn;
}

export interface Torn {
  /** Of the unfinished line, which is counted as the line before. */
  readonly bytes: number;
  /** The sum of the last whole line. */
  readonly after: string;
}

/** A line without its newline. `body` are further members, as JSON without the braces. */
export function chainedLine(end: ChainEnd, body: string, torn?: Torn): string {
  const link: Link = { seq: end.seq + 1, prev: end.sum, ...(torn !== undefined && { torn }) };
  return `${JSON.stringify(link).slice(0, -1)},${body}}`;
}

/** What a line says of its place; null for what is no line of an audit log. */
export function linkOf(line: string): Link | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(line);
  } catch {
    return null;
  }
  if (typeof parsed !== "object" || parsed === null) return null;
  const { seq, prev, torn } = parsed as Partial<Record<keyof Link, unknown>>;
  if (typeof seq !== "number" || !Number.isSafeInteger(seq) || !isSum(prev)) return null;
  return { seq, prev, ...(isTorn(torn) && { torn }) };
}

function isSum(value: unknown): value is string {
  return typeof value === "string" && /^[0-9a-f]{64}$/.test(value);
}

function isTorn(value: unknown): value is Torn {
  if (typeof value !== "object" || value === null) return false;
  const { bytes, after } = value as Partial<Record<keyof Torn, unknown>>;
  return Number.isSafeInteger(bytes) && isSum(after);
}
