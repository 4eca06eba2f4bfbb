/** Timers take no more than 2^31 ms. */
const secondsMax = 2 ** 31 / 1000 - 1;

/**
 * The value of an option that takes seconds, in milliseconds.
 * @throws Error that says what is wrong
 */
export function readSeconds<Default extends number | null>(
  option: string,
  text: string | undefined,
  msDefault: Default,
): number | Default {
  if (text === undefined) return msDefault;
  const seconds = Number(text);
  if (text.trim() === "" || !(seconds > 0) || seconds > secondsMax) {
    throw new Error(
      `${option} takes seconds, more than 0 and at most ${Math.floor(secondsMax)}: current value is "${text}"`,
    );
  }
  return Math.ceil(seconds * 1000);
}
