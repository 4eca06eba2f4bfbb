/** Writes the pages under docs/ that are made from the code: `bun scripts/docs.ts`. */
import { join } from "node:path";
import { pages } from "./pages.ts";

for (const [path, text] of pages()) {
  await Bun.write(join(import.meta.dirname, "..", path), text);
  console.log(path);
}
