/** A folder with what rules allow, and beside it what nobody may reach; what there is of it afterwards. */
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { tempFolder } from "../native/temp-folder.ts";
import { policyOf } from "./policy-of.ts";

export class GuardedTree {
  readonly folder = realpathSync(tempFolder());
  readonly inside = join(this.folder, "in");
  readonly outside = join(this.folder, "out");
  /** Inside, and denied all the same. */
  readonly denied = join(this.inside, "tree/private");

  constructor() {
    for (const each of [
      "in/good",
      "in/moving",
      "in/tree/private",
      "in/empty",
      "out/kept",
      "inner",
    ]) {
      mkdirSync(join(this.folder, each), { recursive: true });
    }
    for (const each of ["in/good/file", "in/moving/file", "in/file"]) this.write(each, "good");
    for (const each of ["in/tree/private/file", "out/kept/file", "out/secret", "inner/file"]) {
      this.write(each, "secret");
    }
    symlinkSync(join(this.outside, "secret"), join(this.inside, "link"));
    symlinkSync(this.outside, join(this.inside, "away"));
    symlinkSync("..", join(this.inside, "up"));
    symlinkSync("good/file", join(this.inside, "near"));
    symlinkSync(join(this.outside, "none"), join(this.inside, "dangling"));
    symlinkSync(this.denied, join(this.inside, "to-private"));
  }

  write(name: string, content: string): void {
    writeFileSync(join(this.folder, name), content);
  }

  /** `@` stands for the folder with both. */
  at(path: string): string {
    return path.replaceAll("@", this.folder);
  }

  policy(...rules: readonly string[]) {
    const files = rules.length > 0 ? rules : this.#rules;
    return policyOf('profile = "file-write"', "[files]", ...files.map((rule) => this.at(rule)));
  }

  readonly #rules = ['read = ["@/in"]', 'write = ["@/in"]', 'deny = ["@/in/tree/private"]'];

  /** Every name with its kind, mode, owner, time and content. */
  look(path: string): string[] {
    const status = lstatSync(path, { bigint: true });
    const { mode, uid, gid, mtimeNs, nlink } = status;
    const line = [path, mode, uid, gid, mtimeNs, status.isDirectory() ? "" : nlink];
    if (status.isSymbolicLink()) return [[...line, readlinkSync(path)].join(" ")];
    if (!status.isDirectory()) return [[...line, readFileSync(path, "latin1")].join(" ")];
    const below = readdirSync(path)
      .sort()
      .flatMap((name) => this.look(join(path, name)));
    return [line.join(" "), ...below];
  }

  /** What no host may change. */
  lookOutside(): string[] {
    return [this.outside, join(this.folder, "inner"), this.denied].flatMap((each) =>
      this.look(each),
    );
  }
}
