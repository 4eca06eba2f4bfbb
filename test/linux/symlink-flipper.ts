/**
 * What an attacker's process does: in one folder it has a name lead now here, now there, and moves a folder in and out, as
 * fast as it can and until it is ended.
 */
import { renameSync, symlinkSync } from "node:fs";
import { join } from "node:path";

const [folder = "", inside = "", outside = ""] = process.argv.slice(2);
const at = (name: string) => join(folder, name);
process.stdout.write("ready\n");
for (;;) {
  for (const target of [inside, outside]) {
    symlinkSync(target, at("next"));
    renameSync(at("next"), at("flipping"));
  }
  renameSync(at("moving"), join(outside, "..", "moved"));
  renameSync(join(outside, "..", "moved"), at("moving"));
}
