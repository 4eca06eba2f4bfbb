import { cloudConfig } from "../install/recipes/cloud-config.ts";
import { installExit } from "./install-options.ts";
import type { Io } from "./io.ts";
import { printRecipe } from "./recipe.ts";
import { type CloudInitCall, cloudInitUsage, readCloudInitCall } from "./recipe-options.ts";

/** Runs `guestwire cloud-init`; answers the exit code. */
export async function printCloudConfig(args: readonly string[], io: Io): Promise<number> {
  let call: CloudInitCall | "help";
  try {
    call = readCloudInitCall(args);
  } catch (error) {
    io.stderr(`guestwire cloud-init: ${(error as Error).message}\n\n${cloudInitUsage}`);
    return installExit.usage;
  }
  if (call === "help") {
    io.stdout(cloudInitUsage);
    return installExit.done;
  }
  const { source } = call;
  return printRecipe("cloud-init", call, io, (order) => cloudConfig(order, source));
}
