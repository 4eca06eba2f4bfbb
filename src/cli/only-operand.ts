/** The one operand that a subcommand takes, or none. @throws Error where there are more */
export function onlyOperand([first, ...more]: readonly string[]): string | undefined {
  mustBeAll(more);
  return first;
}

/** @throws Error that names what is too much */
export function mustBeAll(more: readonly string[]): void {
  if (more.length > 0) throw new Error(`Too many arguments: ${more.join(" ")}`);
}
