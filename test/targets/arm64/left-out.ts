/** What says nothing under QEMU's emulation of programs, and why. */
export interface LeftOut {
  readonly file: string;
  /** A part of the names of the tests; all of the file without it. */
  readonly test?: string;
  readonly because: string;
}

export const leftOut: readonly LeftOut[] = [];
