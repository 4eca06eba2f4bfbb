/**
 * Lexical states, grouped by how often a byte meets them. A state outlives a read: a message may be
 * cut anywhere.
 */

// Hot: between tokens and inside strings.
/** Between two tokens, inside a message or not. */
export const BETWEEN = 0;
/** Inside "…". */
export const DOUBLE_QUOTED = 1;
/** Inside '…'. */
export const SINGLE_QUOTED = 2;

// Warm: numbers and keywords.
/** After `a`…`z`. */
export const KEYWORD = 3;
/** After the first digit 1…9. */
export const DIGITS = 4;
/** After a leading 0. */
export const ZERO = 5;
/** After the digits behind the point. */
export const FRACTION = 6;
/** After the digits of the exponent. */
export const EXPONENT = 7;

// Cold: places where one certain byte has to follow, and recovery.
/** After the leading `-`. */
export const MINUS = 8;
/** After `1.`. */
export const POINT = 9;
/** After `1e`. */
export const EXPONENT_MARK = 10;
/** After `1e+`. */
export const EXPONENT_SIGN = 11;
/** After a backslash inside "…". */
export const DOUBLE_QUOTED_ESCAPE = 12;
/** After a backslash inside '…'. */
export const SINGLE_QUOTED_ESCAPE = 13;
/** After a stray token: bytes are skipped up to one of `recovers`. */
export const RECOVERY = 14;

/** Answers of the tables that are no state. */
export const DONE = 0x40;
export const STRAY = 0x41;

/** Structure is `{}[]:,` and blanks; the step of any other byte. */
export const NO_STRUCTURE = 0x7fff_ffff;

/**
 * What a structure byte adds to the packed counts: open brackets in the low half, open braces in the
 * high half. `NO_STRUCTURE` for bytes that begin a token of their own.
 */
export const openSteps = new Int32Array(256).fill(NO_STRUCTURE);

/**
 * What a structure byte adds to the tally of a run: the nesting in the low half, the blanks in the
 * high half.
 */
export const tallySteps = new Int32Array(256);

/** 1 for the bytes that separate tokens without being one: space, tab, CR, LF. */
export const blanks = new Uint8Array(256);

/** For a byte that is no structure: the state of the token it begins, or `STRAY`. */
export const tokenStarts = new Uint8Array(256).fill(STRAY);

/**
 * `scalarSteps[state << 8 | byte]`: the next state inside a number or keyword, `DONE` when the byte is
 * no longer part of it, `STRAY` when it may not stand there.
 */
export const scalarSteps = new Uint8Array(16 << 8).fill(STRAY);

/** 1 for the bytes where plain string content ends: both quotes, backslash, 00…1F, FE, FF. */
export const stringStops = new Uint8Array(256);

/** 1 for the bytes that end the skipping after a stray token: `{}[]:,`, 00…1F but tab, FE, FF. */
export const recovers = new Uint8Array(256);

/** Bytes that are a whole text where no bracket is open, and never a good one: 2. Blanks: 1. All others: 0. */
export const idleTexts = new Uint8Array(256);

const digits = "0123456789";

// Worked out at every start, where no code is warm: hence in plain steps.
stringStops.fill(1, 0, 0x20);
stringStops.fill(1, 0xfe);
set(stringStops, "\"'\\", 1);

recovers.fill(1, 0, 0x20);
recovers.fill(1, 0xfe);
set(recovers, "{}[]:,", 1);
set(recovers, "\t", 0);

set(openSteps, ",: \t\r\n", 0);
set(openSteps, "[", 1);
set(openSteps, "]", -1);
set(openSteps, "{", 0x1_0000);
set(openSteps, "}", -0x1_0000);

set(tallySteps, "[{", 1);
set(tallySteps, "]}", -1);
set(tallySteps, " \t\r\n", 0x1_0000);

set(blanks, " \t\r\n", 1);

set(idleTexts, " \t\r\n", 1);
set(idleTexts, "}],:", 2);

set(tokenStarts, '"', DOUBLE_QUOTED);
set(tokenStarts, "'", SINGLE_QUOTED);
set(tokenStarts, "-", MINUS);
set(tokenStarts, "0", ZERO);
tokenStarts.fill(DIGITS, code("1"), code("9") + 1);
tokenStarts.fill(KEYWORD, code("a"), code("z") + 1);

// The warm states: a number or keyword that may end here ends at any byte that does not go on with it.
scalarSteps.fill(DONE, KEYWORD << 8, (EXPONENT + 1) << 8);
scalarSteps.fill(KEYWORD, (KEYWORD << 8) + code("a"), (KEYWORD << 8) + code("z") + 1);
step(MINUS, "0", ZERO);
step(MINUS, "123456789", DIGITS);
// `01` is one stray token, but `0e1` is the integer 0 followed by the keyword `e`.
step(ZERO, digits, STRAY);
step(ZERO, ".", POINT);
step(DIGITS, digits, DIGITS);
step(DIGITS, ".", POINT);
step(DIGITS, "eE", EXPONENT_MARK);
step(POINT, digits, FRACTION);
step(FRACTION, digits, FRACTION);
step(FRACTION, "eE", EXPONENT_MARK);
step(EXPONENT_MARK, "+-", EXPONENT_SIGN);
step(EXPONENT_MARK, digits, EXPONENT);
step(EXPONENT_SIGN, digits, EXPONENT);
step(EXPONENT, digits, EXPONENT);

function step(state: number, bytes: string, next: number): void {
  for (let index = 0; index < bytes.length; index++) {
    scalarSteps[(state << 8) | bytes.charCodeAt(index)] = next;
  }
}

function set(table: Int32Array | Uint8Array, bytes: string, value: number): void {
  for (let index = 0; index < bytes.length; index++) table[bytes.charCodeAt(index)] = value;
}

function code(text: string): number {
  return text.charCodeAt(0);
}
