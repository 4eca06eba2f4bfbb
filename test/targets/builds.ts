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

/** The runtimes of these builds, which the compiler fetches for them. */
export const arm64Runtime = (): Promise<string> => runtime("arm64", "aarch64");
export const muslRuntime = (): Promise<string> => runtime("x64-musl-baseline");

async function runtime(target: string, name = target): Promise<string> {
  const path = join(project, `dist/runtimes/bun-linux-${name}-v${Bun.version}`);
  if (!existsSync(path)) await mustBuild(target);
  return path;
}
