import { readdirSync } from "node:fs";
import { join } from "node:path";

/** In hexadecimal digits. */
export async function sha256(path: string): Promise<string> {
  const hash = new Bun.CryptoHasher("sha256");
  for await (const chunk of Bun.file(path).stream()) hash.update(chunk);
  return hash.digest("hex");
}

/** Writes the sums of named files of a folder into its SHA256SUMS, as `sha256sum --check` reads them. */
export async function writeSums(folder: string, names: readonly string[]): Promise<void> {
  const lines: string[] = [];
  for (const name of names) lines.push(`${await sha256(join(folder, name))}  ${name}\n`);
  await Bun.write(join(folder, "SHA256SUMS"), lines.join(""));
}

/** The same for everything that stands in the folder. */
export async function writeAllSums(folder: string): Promise<void> {
  await writeSums(
    folder,
    readdirSync(folder)
      .filter((name) => name !== "SHA256SUMS")
      .sort(),
  );
}
