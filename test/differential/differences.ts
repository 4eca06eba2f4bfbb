/** One point where guestwire answers otherwise than the recorded qemu-ga 7.2, on purpose. */
export type Difference = {
  /** What is concerned. */
  readonly what: string;
  readonly qemuGa: string;
  readonly guestwire: string;
  readonly why: string;
};

/**
 * Every deliberate difference that a differential test has seen, by id. An entry that no case uses, or that no
 * longer differs, fails the tests.
 */
export const differences = {
} as const satisfies Record<string, Difference>;

export type DifferenceId = keyof typeof differences;
