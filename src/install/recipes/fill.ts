/** Puts values where a text has their names between @; a value is taken as it is, `$` and all. */
export function fill(text: string, values: Readonly<Record<string, string>>): string {
  return text.replaceAll(/@([A-Z0-9]+)@/g, (whole, name: string) => values[name] ?? whole);
}
