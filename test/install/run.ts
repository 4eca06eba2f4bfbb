import { install } from "../../src/cli/install.ts";
import { uninstall } from "../../src/cli/uninstall.ts";

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `guestwire install` in this process. */
export function runInstall(...args: string[]): Promise<Outcome> {
  return run(install, args);
}

/** Runs `guestwire uninstall` in this process. */
export function runUninstall(...args: string[]): Promise<Outcome> {
  return run(uninstall, args);
}

async function run(subcommand: typeof install, args: readonly string[]): Promise<Outcome> {
  const [out, err]: string[][] = [[], []];
  const io = {
    stdout: (text: string) => void out?.push(text),
    stderr: (text: string) => void err?.push(text),
  };
  const code = await subcommand(args, io);
  return { code, stdout: out?.join("") ?? "", stderr: err?.join("") ?? "" };
}
