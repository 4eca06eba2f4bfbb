/** One thing that happens to an agent, and what becomes of it; a row of docs/faults.md. */
export interface Fault {
  /** What happens. */
  readonly fault: string;
  /** What guestwire does: the very words that the test has for what it saw. */
  readonly ours: string;
  /** What qemu-ga does, in the same words, or why it is not compared. */
  readonly reference: string;
  /** The file of the test that shows it. */
  readonly shownBy: string;
}
