import { cloudConfig } from "../install/recipes/cloud-config.ts";
import { installExit } from "./install-options.ts";
import type { Io } from "./io.ts";
import { readCommandLine } from "./read-command-line.ts";
import { printRecipe } from "./recipe.ts";
import { cloudInitUsage, readCloudInitCall } from "./recipe-options.ts";

/** Runs `guestwire cloud-init`; answers the exit code. */
export async function printCloudConfig(args: readonly string[], io: Io): Promise<number> {
  const call = readCommandLine(
    { name: "cloud-init", usage: cloudInitUsage, usageCode: installExit.usage },
    () => readCloudInitCall(args),
    io,
  );
  if (typeof call === "number") return call;
  const { source } = call;
  return printRecipe("cloud-init", call, io, (order) => cloudConfig(order, source));
}
