/** Folders of files with names of any bytes, and what is in them. */
import { createHash } from "node:crypto";
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";

/** Text with one byte to a character as a path. */
export function bytePath(text: string): Buffer {
  return Buffer.from(text, "latin1");
}

/** What each path in a folder is, names with one byte to a character: type, mode, time, and content. */
export function treeOf(folder: string): Record<string, string> {
  const found: Record<string, string> = {};
  const walk = (path: string, shown: string) => {
    for (const name of readdirSync(bytePath(path), { encoding: "buffer" })) {
      const text = name.toString("latin1");
      const inner = bytePath(`${path}/${text}`);
      const status = lstatSync(inner, { bigint: true });
      const about = `${(Number(status.mode) & 0o7777).toString(8)} ${status.mtimeNs}`;
      const key = `${shown}${text}`;
      if (status.isSymbolicLink()) {
        found[key] = `link ${readlinkSync(inner, { encoding: "latin1" })}`;
      } else if (status.isDirectory()) {
        found[key] = `folder ${about}`;
        walk(`${path}/${text}`, `${key}/`);
      } else if (status.isFile()) {
        found[key] =
          `file ${about} ${createHash("sha256").update(readFileSync(inner)).digest("hex")}`;
      } else {
        found[key] = "other";
      }
    }
  };
  walk(folder, "");
  return found;
}

export const oddNames = [
  "a b",
  "  ",
  "line\nline",
  "\xff\xfe",
  "\xc3\xa4 and \xe4",
  "-rf",
  "*",
  "\"q'",
  "\x1b[31m",
  "\\n",
  "%s",
  "web:",
  "n".repeat(255),
] as const;

/** A folder with all kinds of names, and of files. @param folder there already */
export function makeOddTree(folder: string): void {
  for (const [index, name] of oddNames.entries()) {
    writeFileSync(bytePath(`${folder}/${name}`), `content ${index}\0`, { mode: 0o600 + index });
  }
  for (const name of oddNames.slice(0, 6)) {
    const inner = `${folder}/folder ${name}`;
    mkdirSync(bytePath(inner), { mode: 0o750 });
    writeFileSync(bytePath(`${inner}/${name}`), "");
  }
  symlinkSync(bytePath("../nowhere \xff\n"), bytePath(`${folder}/link \xfe`));
  symlinkSync("/", `${folder}/link to the root`);
  mkdirSync(`${folder}/empty`, { mode: 0o555 });
}
