/** Nothing works without libc. The message is for whoever started the program. */
export class NoLibc extends Error {
  override readonly name = "NoLibc";
}
