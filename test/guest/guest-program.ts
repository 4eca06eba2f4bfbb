import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { mustRunTool } from "./tool.ts";

/** A TypeScript program of the tests, compiled for guests: for the `executables` of a {@link Guest}. */
export class GuestProgram implements Disposable {
  readonly #folder = mkdtempSync(join(tmpdir(), "guestwire-program-"));
  /** The executable on this machine; gone when this is disposed of, which a booted guest does not mind. */
  readonly from: string;
  /** Where it goes in the guest. */
  readonly path: string;

  private constructor(name: string) {
    this.from = join(this.#folder, name);
    this.path = `/usr/bin/${name}`;
  }

  /**
   * Compiles with the Bun that runs this, whose runtime the program gets.
   *
   * @throws when it does not compile; the message has what the compiler said
   */
  static async compile(source: string): Promise<GuestProgram> {
    const program = new GuestProgram(basename(source, ".ts"));
    try {
      const runtime = `--compile-executable-path=${process.execPath}`;
      const command = [process.execPath, "build", source, "--compile", runtime];
      // The compiler puts its temporary file where it stands.
      await mustRunTool([...command, `--outfile=${program.from}`], program.#folder);
      return program;
    } catch (error) {
      program[Symbol.dispose]();
      throw error;
    }
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
