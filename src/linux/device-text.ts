/** The numbers of the device of a mount or file system, as the kernel writes them: `8:1`. */
export function deviceText({ major, minor }: Readonly<Record<"major" | "minor", number>>): string {
  return `${major}:${minor}`;
}
