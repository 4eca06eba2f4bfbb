import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A folder for one test, removed when the test's block ends. */
export class Scratch implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), "guestwire-"));

  file(name: string): string {
    return join(this.path, name);
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** Whether `/dev/full` is the device on which every write fails for want of space (full(4)). */
export const haveFull =
  statSync("/dev/full", { throwIfNoEntry: false })?.isCharacterDevice() ?? false;
