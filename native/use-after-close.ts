/** A closed handle was used or closed again: a mistake in our own code, not a condition of the system. */
export class UseAfterClose extends Error {
  override readonly name = "UseAfterClose";

  constructor(subject: string) {
    super(`"${subject}" is closed already`);
  }
}
