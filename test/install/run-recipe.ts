import { printCloudConfig } from "../../src/cli/cloud-init.ts";
import type { Io } from "../../src/cli/io.ts";
import { printSnippet } from "../../src/cli/snippet.ts";
import { makeSysext } from "../../src/cli/sysext.ts";
import type { Outcome } from "./run.ts";

const subcommands = { "cloud-init": printCloudConfig, snippet: printSnippet, sysext: makeSysext };

/** Runs one of these subcommands in this process. */
export async function runRecipe(
  name: keyof typeof subcommands,
  ...args: string[]
): Promise<Outcome> {
  let [stdout, stderr] = ["", ""];
  const io: Io = {
    stdout: (text) => {
      stdout += text;
    },
    stderr: (text) => {
      stderr += text;
    },
  };
  const code = await subcommands[name](args, io);
  return { code, stdout, stderr };
}

/** What it prints. @throws when it fails */
export async function recipe(name: keyof typeof subcommands, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await runRecipe(name, ...args);
  if (code !== 0) throw new Error(`${name} ${args.join(" ")}: ${code}, ${stderr}`);
  return stdout;
}

/** The script in a user-data, as cloud-init will write it. */
export function scriptOf(userData: string): string {
  const config = Bun.YAML.parse(userData) as {
    readonly write_files: readonly { readonly path: string; readonly content: string }[];
  };
  const [file] = config.write_files;
  if (file === undefined) throw new Error("The user-data writes no file");
  return file.content;
}
