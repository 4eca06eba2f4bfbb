/** Copies of the sources as a checkout has them, to build in. */
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";

const project = join(import.meta.dirname, "../..");

const releaseFolder = "dist/release";

export class SourceCopy implements Disposable {
  readonly path: string;

  /** @param place a path below dist/, whose file system it shares with what it has links to */
  constructor(place: string) {
    this.path = join(project, "dist", place);
    rmSync(this.path, { recursive: true, force: true });
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
    return new Release(join(this.path, releaseFolder));
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
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

/** What a copy at that place has made. */
export function releaseIn(place: string): Release {
  return new Release(join(project, "dist", place, releaseFolder));
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
