/** Where a subcommand writes; it never writes or exits by itself, so that tests can run it whole. */
export interface Io {
  stdout(text: string): void;
  stderr(text: string): void;
}
