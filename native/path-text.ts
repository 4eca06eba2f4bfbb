/** Where a byte that is no UTF-8 is put among the lone surrogates. */
export const rawByteBase = 0xdc00;

/** Well-formed UTF-8 beyond ASCII (RFC 3629), or one byte that is none; one byte to a character. */
const sequenceOrByte =
  /[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xed[\x80-\x9f][\x80-\xbf]|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2}|[\x80-\xff]/g;

/**
 * The text of a path that the kernel wrote, given with one byte to a character. It need not be UTF-8: a byte that is none
 * becomes a lone surrogate (U+DC80 to U+DCFF), by which the path can still be opened; whoever prints it sees U+FFFD.
 */
export function pathText(latin1: string): string {
  return latin1.replace(sequenceOrByte, (match) =>
    match.length === 1
      ? String.fromCharCode(rawByteBase + match.charCodeAt(0))
      : Buffer.from(match, "latin1").toString("utf8"),
  );
}
