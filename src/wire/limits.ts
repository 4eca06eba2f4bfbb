/** Bytes of all tokens of one message together, and of one token. (QEMU's JSON streamer; the sum must stay below.) */
export const tokenBytesMax = 64 * 1024 * 1024;

/** Tokens of one message: each brace, bracket, comma, colon, string, number and keyword is one. */
export const tokenCountMax = 2 * 1024 * 1024;

/** Open braces and brackets together. */
export const nestingMax = 1024;

/** Faults in a row that are answered one by one. More than any mistake makes, fewer than a sender of noise can mind. */
export const faultsInARowMax = 100;

/** Bytes of a stray token that its fault quotes. A host that wants to be in sync again has no use for 64 MiB of its own. */
export const quotedBytesMax = 4096;

/** A plain string value of at least this many bytes stays in the receive buffer as a `LongText`. */
export const longTextBytesMin = 4096;

/** What the receive buffer and the send buffer have at rest. */
export const restBytes = 64 * 1024;

/** The most bytes of one read, once reads have filled the receive buffer: each wakes the sender, who waits for room meanwhile. */
export const readBytesMax = 256 * 1024;

/**
 * What each of them, and the memory that files are read into, holds on to between messages as long as more may come:
 * memory that is new for each message costs more than all else that is done about one. There is room for 16 MiB in base64.
 */
export const heldBytesMax = 32 * 1024 * 1024;

/** Free bytes `Inbox.space()` gives at least. */
export const spaceBytesMin = 4096;

/**
 * The receive buffer's largest capacity: the longest message with one blank between any two tokens,
 * and room for one more read.
 */
export const inboxBytesMax = tokenBytesMax + tokenCountMax + restBytes;

/** Bytes QEMU's parser gives to an error text after `JSON parse error, `; the rest is cut off. */
export const parseErrorBytesMax = 1023;

/** Member names whose hash bucket is remembered. */
export const memberNamesCachedMax = 1024;
