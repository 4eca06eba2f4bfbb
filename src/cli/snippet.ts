import { recipes } from "../install/recipes/all.ts";
import { installExit } from "./install-options.ts";
import type { Io } from "./io.ts";
import { readCommandLine } from "./read-command-line.ts";
import { printRecipe } from "./recipe.ts";
import { readSnippetCall, snippetUsage } from "./recipe-options.ts";

/** Runs `guestwire snippet`; answers the exit code. */
export async function printSnippet(args: readonly string[], io: Io): Promise<number> {
  const call = readCommandLine(
    { name: "snippet", usage: snippetUsage, usageCode: installExit.usage },
    () => readSnippetCall(args),
    io,
  );
  if (typeof call === "number") return call;
  if (call === "list") {
    const width = Math.max(...recipes.map(({ name }) => name.length));
    for (const { name, summary } of recipes) io.stdout(`${name.padEnd(width)}  ${summary}\n`);
    return installExit.done;
  }
  const { name } = call;
  const recipe = recipes.find((one) => one.name === name);
  if (recipe === undefined) {
    const known = recipes.map((one) => one.name).join(", ");
    io.stderr(`guestwire snippet: there is no snippet "${name}"; there is ${known}\n`);
    return installExit.usage;
  }
  return printRecipe("snippet", call, io, (order) => recipe.text(order));
}
