import { existsSync } from "node:fs";
import { join } from "node:path";
import { mustRunTool } from "../guest/tool.ts";

const project = join(import.meta.dirname, "../..");

/** Builds for this machine, or the named targets. @throws when the compiler fails; the message has what it said */
export async function mustBuild(...targets: readonly string[]): Promise<void> {
  await mustRunTool([process.execPath, join(project, "build.ts"), ...targets]);
}

/** The build for another machine, made when it is not there. */
async function built(target: string): Promise<string> {
  const path = join(project, `dist/guestwire-${target}`);
  if (!existsSync(path)) await mustBuild(target);
  return path;
}

export const arm64Build = (): Promise<string> => built("arm64");
export const muslBuild = (): Promise<string> => built("x64-musl-baseline");

/** The runtime of {@link arm64Build}, which the compiler fetches for it. */
export async function arm64Runtime(): Promise<string> {
  await arm64Build();
  const path = join(project, `dist/runtimes/bun-linux-aarch64-v${Bun.version}`);
  if (!existsSync(path)) await mustBuild("arm64");
  return path;
}
