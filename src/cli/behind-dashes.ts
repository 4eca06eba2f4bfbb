/** A command line that ends in another one, behind `--`. */
export interface DashedLine {
  /** What stands before `--`. */
  readonly own: string[];
  readonly behind: readonly string[];
}

export function splitAtDashes(args: readonly string[]): DashedLine {
  const dashes = args.indexOf("--");
  if (dashes === -1) return { own: [...args], behind: [] };
  return { own: args.slice(0, dashes), behind: args.slice(dashes + 1) };
}

/**
 * The one word before `--`, if there is one, and the command line behind it.
 * @param what it is called in the usage
 * @throws Error that says what is wrong
 */
export function wordAndCommand(
  words: readonly string[],
  [program, ...rest]: readonly string[],
  what: string,
): { word: string | undefined; argv: readonly [program: string, ...args: string[]] } {
  if (program === undefined) throw new Error(`-- and a ${what} behind it are needed`);
  const [word, ...more] = words;
  if (more.length > 0) throw new Error(`Too many arguments before --: ${more.join(" ")}`);
  return { word, argv: [program, ...rest] };
}
