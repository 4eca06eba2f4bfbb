/** Tests that are not run with the build for another machine, and why. */
export interface LeftOut {
  readonly file: string;
  /** A part of their names, which begin with the names of what they are in. */
  readonly test: string;
  readonly because: string;
}

/** Several tests of a file. */
export function rows(file: string, because: string, ...tests: readonly string[]): LeftOut[] {
  return tests.map((test) => ({ file, test, because }));
}
