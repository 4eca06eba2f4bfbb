/** Something of a copy cannot be done; the rest of it may be. */
export class CopyError extends Error {
  override readonly name = "CopyError";
}

/** What was copied is not what was there. */
export class MismatchError extends CopyError {}

/** The source has become another one while it was copied. */
export class ChangedError extends CopyError {}

/** The copy was broken off from here. */
export class BrokenOffError extends Error {
  override readonly name = "BrokenOffError";
}
