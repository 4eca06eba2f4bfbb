/** Copies of the sources as a checkout has them, to build in. */
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";

const project = join(import.meta.dirname, "../..");

export class SourceCopy implements Disposable {
  readonly path: string;
  readonly #place: string;

  /**
   * Replaces what a run before has left there.
   * @param place a folder in dist/, whose file system it shares with what it has links to
   * @param inside where in that folder it stands
   */
  constructor(place: string, inside = "") {
    this.#place = join(project, "dist", place);
    this.path = join(this.#place, inside);
    this[Symbol.dispose]();
    for (const name of sourceNames()) {
      mkdirSync(dirname(join(this.path, name)), { recursive: true });
      cpSync(join(project, name), join(this.path, name));
    }
    linkTree(join(project, "node_modules/."), join(this.path, "node_modules"));
    // Saves fetching them once more.
    const runtimes = join(project, "dist/runtimes");
    if (existsSync(runtimes)) linkTree(runtimes, join(this.path, "dist/runtimes"));
  }

  /** Runs `bun scripts/package.ts`. @throws Error with its output when it fails */
  makeRelease(target: string, env: Readonly<Record<string, string>>): Release {
    const script = join(this.path, "scripts/package.ts");
    // A umask that takes more away than most do.
    const command = ["sh", "-c", 'umask 077; exec "$@"', "sh", process.execPath, script, target];
    const made = Bun.spawnSync(command, { cwd: this.path, env: { ...process.env, ...env } });
    if (made.exitCode !== 0) throw new Error(`${made.stdout}${made.stderr}`);
    return new Release(join(this.path, "dist/release"));
  }

  [Symbol.dispose](): void {
    rmSync(this.#place, { recursive: true, force: true });
  }
}

/** A folder with all that is handed out. */
export class Release {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** The only file whose name fits. */
  file(name: RegExp): string {
    const found = readdirSync(this.path).filter((each) => name.test(each));
    if (found.length !== 1) throw new Error(`${found.length} files are like ${name}`);
    return join(this.path, found[0] as string);
  }
}

/** With what is not committed yet. */
function sourceNames(): string[] {
  const git = Bun.spawnSync(
    ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
    {
      cwd: project,
    },
  );
  if (git.exitCode !== 0) throw new Error(git.stderr.toString());
  const names = git.stdout.toString().split("\0");
  return names.filter(
    (name) => name !== "" && name !== "node_modules" && existsSync(join(project, name)),
  );
}

/** Makes the folders anew and the files as hard links. */
function linkTree(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  const linked = Bun.spawnSync(["cp", "--archive", "--link", "--no-dereference", from, to]);
  if (linked.exitCode !== 0) throw new Error(linked.stderr.toString());
}
