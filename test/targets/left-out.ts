/** What is not run with the build for another machine, and why. */
export interface LeftOut {
  readonly file: string;
  /** A part of the names of the tests, with those of what they are in; all of the file without it. */
  readonly test?: string;
  readonly because: string;
}

/** Several tests of a file. */
export function rows(file: string, because: string, ...tests: readonly string[]): LeftOut[] {
  return tests.map((test) => ({ file, test, because }));
}
