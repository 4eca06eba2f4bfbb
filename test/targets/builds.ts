import { existsSync } from "node:fs";
import { join } from "node:path";
import { mustRunTool } from "../guest/tool.ts";

const project = join(import.meta.dirname, "../..");

/** The build for another machine, made when it is not there. @throws when the compiler fails */
async function build(target: string): Promise<string> {
  const path = join(project, `dist/guestwire-${target}`);
  if (!existsSync(path)) await mustRunTool([process.execPath, join(project, "build.ts"), target]);
  return path;
}

export const arm64Build = (): Promise<string> => build("arm64");
export const muslBuild = (): Promise<string> => build("x64-musl-baseline");
